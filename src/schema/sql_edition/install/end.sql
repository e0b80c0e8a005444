-- The end of what is installed.
    PERFORM pg_catalog.set_config('search_path', callers_search_path, true);
    PERFORM pg_catalog.set_config('check_function_bodies', callers_check, true);
END
$agentchat_install$;
