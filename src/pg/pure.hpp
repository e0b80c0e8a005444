// The wall: fails the build of a file that includes the headers of PostgreSQL. A file includes it last.
#if defined(POSTGRES_H)
#error "only src/pg/ may include the headers of PostgreSQL"
#endif
