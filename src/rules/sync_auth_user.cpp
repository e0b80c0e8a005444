// agentchat.sync_auth_user() copies the users of Supabase Auth to users, when they sign up, change or are
// deleted.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/extension.hpp"
#include "pg/jsonb.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/subtransaction.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr pg::Firing after_change{.before = false,
                                  .for_each_row = true,
                                  .on_insert = true,
                                  .on_update = true,
                                  .on_delete = true,
                                  .when = "AFTER INSERT, UPDATE or DELETE",
                                  .how = "FOR EACH ROW"};

using Text = std::optional<std::string_view>;

/// The keys of raw_user_meta_data under which sign-in providers store a name and an avatar, the best key
/// first. user_name is the name of an account. A text that is longer than the limit is not a name or a URL.
constexpr std::array<std::string_view, 3> name_keys{"full_name", "name", "user_name"};
constexpr std::size_t longest_name = 255;
constexpr std::array<std::string_view, 2> avatar_keys{"avatar_url", "picture"};
constexpr std::size_t longest_avatar_url = 2048;

/// Returns the first value that is a text, not empty and not too long.
Text first_text(std::uintptr_t metadata, std::span<const std::string_view> keys, std::size_t longest) {
    for (const std::string_view key : keys) {
        const Text text = pg::jsonb_text_field(metadata, key);
        if (text && !text->empty() && pg::count_characters(*text) <= longest)
            return text;
    }
    return std::nullopt;
}

Text name_in(std::uintptr_t metadata) {
    return first_text(metadata, name_keys, longest_name);
}

Text avatar_url_in(std::uintptr_t metadata) {
    return first_text(metadata, avatar_keys, longest_avatar_url);
}

pg::Result text_or_null(const Text& text) {
    return text ? pg::text_result(*text) : pg::Result::null();
}

/// The columns of auth.users, counted from 0.
struct Columns {
    int email;
    int metadata;
    std::optional<int> deleted_at;

    explicit Columns(const pg::RowTrigger& trigger)
        : email(trigger.text_column("email") - 1), metadata(trigger.jsonb_column("raw_user_meta_data") - 1) {
        if (const std::optional<int> number = trigger.find_column("deleted_at"))
            deleted_at = *number - 1;
    }
};

/// The values for users in a row of auth.users.
struct Profile {
    Text email;
    Text name;
    Text avatar_url;

    Profile(const pg::Row& row, const Columns& columns) {
        // A soft delete replaces the e-mail address with a hash.
        const bool deleted = columns.deleted_at && !row.is_null(*columns.deleted_at);
        if (!deleted && !row.is_null(columns.email) && !row.text(columns.email).empty())
            email = row.text(columns.email);
        if (!row.is_null(columns.metadata)) {
            name = name_in(row.datum(columns.metadata));
            avatar_url = avatar_url_in(row.datum(columns.metadata));
        }
    }
};

/// Which columns of an existing row of users get the value of auth.users. Nothing means: if the column is
/// NULL.
struct Follow {
    std::optional<bool> email;
    std::optional<bool> name;
    std::optional<bool> avatar_url;
};

/// Returns which columns to update. On an INSERT, the row in users exists if the application wrote it
/// earlier. A value that was changed in users stays until it changes in auth.users.
Follow what_follows(const pg::RowTrigger& trigger, const Profile& now, const Columns& columns) {
    if (trigger.is_insert())
        return {true, std::nullopt, std::nullopt};
    const Profile before(trigger.old_row(), columns);
    return {before.email != now.email, before.name != now.name, before.avatar_url != now.avatar_url};
}

const char* insert_statement(pg::Oid schema) {
    const char* users = pg::qualified_name(schema, "users");
    return pg::format("INSERT INTO %s (id, email, name, avatar_url) SELECT $1, $2, $3, $4 "
                      "WHERE NOT EXISTS (SELECT FROM %s u WHERE u.id OPERATOR(pg_catalog.=) $1) "
                      "ON CONFLICT (id) DO NOTHING",
                      users, users);
}
constexpr std::array insert_parameters{pg::ParameterType::uuid, pg::ParameterType::text,
                                       pg::ParameterType::text, pg::ParameterType::text};
constinit pg::KeptStatement insert_user("users", "users", pg::Rights::owner, insert_statement,
                                        insert_parameters);

const char* update_statement(pg::Oid schema) {
    return pg::format("UPDATE %s SET email = CASE WHEN $5 THEN $2 ELSE email END, "
                      "name = CASE WHEN coalesce($6, name IS NULL) THEN $3 ELSE name END, "
                      "avatar_url = CASE WHEN coalesce($7, avatar_url IS NULL) THEN $4 ELSE avatar_url END "
                      "WHERE id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "users"));
}
constexpr std::array update_parameters{pg::ParameterType::uuid,    pg::ParameterType::text,
                                       pg::ParameterType::text,    pg::ParameterType::text,
                                       pg::ParameterType::boolean, pg::ParameterType::boolean,
                                       pg::ParameterType::boolean};
constinit pg::KeptStatement update_user("users", "users", pg::Rights::owner, update_statement,
                                        update_parameters);

const char* delete_statement(pg::Oid schema) {
    return pg::format("DELETE FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "users"));
}
constexpr std::array delete_parameters{pg::ParameterType::uuid};
constinit pg::KeptStatement delete_user("users", "users", pg::Rights::owner, delete_statement,
                                        delete_parameters);

const char* holder_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE email OPERATOR(pg_catalog.=) $2 "
                      "AND id OPERATOR(pg_catalog.<>) $1 LIMIT 1",
                      pg::qualified_name(schema, "users"));
}
constexpr std::array holder_parameters{pg::ParameterType::uuid, pg::ParameterType::text};
constinit pg::KeptStatement holder_of_email("users", "users", pg::Rights::owner, holder_statement,
                                            holder_parameters);

/// Writes a row of auth.users to users.
class AuthUser {
public:
    AuthUser(const pg::RowTrigger& trigger, pg::Oid schema, const pg::Uuid& id)
        : trigger_(trigger), schema_(schema), id_(id) {
        pg::write_uuid(id, id_text_);
    }

    std::string_view id() const { return {id_text_, sizeof(id_text_)}; }

    /// Returns the e-mail address for a user who has none, or whose address belongs to another user.
    const char* placeholder() const {
        return pg::format("%.*s@no-email.invalid", static_cast<int>(sizeof(id_text_)), id_text_);
    }

    /// Inserts or updates the row, with its e-mail address or with the placeholder.
    void write(bool with_email) const {
        const Columns columns(trigger_);
        const Profile profile(trigger_.new_row(), columns);
        const Follow follow = what_follows(trigger_, profile, columns);
        const std::string_view email = with_email && profile.email ? *profile.email : placeholder();

        const bool inserted = insert_user.execute_latest(
                                  schema_, std::array{pg::Parameter::uuid(id_), pg::Parameter::text(email),
                                                      pg::Parameter::text(profile.name),
                                                      pg::Parameter::text(profile.avatar_url)}) > 0;
        if (inserted || (follow.email == false && follow.name == false && follow.avatar_url == false))
            return;
        update_user.execute_latest(
            schema_, std::array{pg::Parameter::uuid(id_), pg::Parameter::text(email),
                                pg::Parameter::text(profile.name), pg::Parameter::text(profile.avatar_url),
                                pg::Parameter::boolean(follow.email), pg::Parameter::boolean(follow.name),
                                pg::Parameter::boolean(follow.avatar_url)});
    }

    /// Whether another row of users has the e-mail address.
    bool email_is_taken() const {
        const Profile profile(trigger_.new_row(), Columns(trigger_));
        return profile.email &&
               holder_of_email.exists_latest(
                   schema_, std::array{pg::Parameter::uuid(id_), pg::Parameter::text(profile.email)});
    }

    void remove() const { delete_user.execute_latest(schema_, std::array{pg::Parameter::uuid(id_)}); }

private:
    const pg::RowTrigger& trigger_;
    pg::Oid schema_;
    const pg::Uuid& id_;
    char id_text_[pg::uuid_text_size];
};

/// Writes the user. An error becomes a warning, because it must not stop the user from signing up or in.
void write_or_warn(const AuthUser& user) {
    pg::OwnedReport error;
    if (pg::attempt([&] { user.write(true); }, error))
        return;

    // The user gets a placeholder and never the other row, which would be a way into another account.
    bool taken = false;
    if (std::string_view(error.view().sqlstate) == pg::sqlstate::unique_violation) {
        const bool written = pg::attempt(
            [&] {
                taken = user.email_is_taken();
                if (taken)
                    user.write(false);
            },
            error);
        if (written && taken) {
            pg::warn({pg::sqlstate::warning, "e-mail address of a Supabase Auth user belongs to another user",
                      pg::format("User %.*s gets the address %s instead.", static_cast<int>(user.id().size()),
                                 user.id().data(), user.placeholder()),
                      "After the other row of users is deleted or gets another e-mail address, run: "
                      "SELECT * FROM agentchat.link_supabase_auth();"});
            return;
        }
    }
    pg::warn({pg::sqlstate::warning, "could not copy a Supabase Auth user to users",
              pg::format("User %.*s: %s (SQLSTATE %s).", static_cast<int>(user.id().size()), user.id().data(),
                         error.view().message, error.view().sqlstate),
              "After you fix the cause, run: SELECT * FROM agentchat.link_supabase_auth();"});
}

} // namespace

/// Runs as the role of Supabase Auth, which has no rights on our tables, and writes with the rights of their
/// owner. Therefore it works only on auth.users: a trigger on any other table would let that table's owner
/// write users.
pg::Result sync_auth_user(pg::Call& call) {
    const pg::RowTrigger trigger(call, after_change);
    if (!trigger.is_on("auth", "users"))
        pg::raise(
            {pg::sqlstate::trigger_protocol_violated,
             "agentchat.sync_auth_user() works only on the table auth.users", "",
             "To keep users in step with Supabase Auth, run: SELECT * FROM agentchat.link_supabase_auth();"});
    if (pg::is_restore(trigger.table()))
        return trigger.done();

    const pg::UuidColumn column = trigger.uuid_column("id");
    const std::optional<pg::Uuid> id =
        trigger.is_delete() ? trigger.old_uuid(column) : trigger.new_uuid(column);
    if (!id)
        return trigger.done();
    const pg::Oid schema = pg::extension_schema();
    const AuthUser user(trigger, schema, *id);
    if (!trigger.is_delete())
        write_or_warn(user);
    else if (pg::find_relation(schema, "users") != pg::invalid_oid)
        user.remove();
    return trigger.done();
}

pg::Result auth_user_name(pg::Call& call) {
    return text_or_null(name_in(call.datum(0)));
}

pg::Result auth_user_avatar_url(pg::Call& call) {
    return text_or_null(avatar_url_in(call.datum(0)));
}

} // namespace agentchat
