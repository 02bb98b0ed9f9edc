#include "catch.hpp"

#include <pgcoro/core/throw_server_error.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <typeinfo>
#include <vector>

namespace {

using namespace pgcoro;

std::shared_ptr<server_message const> message_of(std::string_view code)
{
    auto message = std::make_shared<server_message>();
    message->code = sqlstate{code};
    message->message = "it failed";
    return message;
}

/// The name of the type of what is thrown for a code. Itanium mangling spells it out.
std::string thrown_type(std::string_view code)
{
    try {
        throw_server_error(message_of(code));
    } catch (server_error const& caught) {
        std::string const mangled = typeid(caught).name();
        auto const from = mangled.find_first_not_of("0123456789", mangled.find("pgcoro") + 6);
        return mangled.substr(from, mangled.size() - 1 - from);
    }
}

template <class Class>
bool is(std::exception const& caught)
{
    return dynamic_cast<Class const*>(&caught) != nullptr;
}

/// The classes of which PostgreSQL has the standard condition, and how to recognise each.
template <class... Classes>
std::map<std::string, bool (*)(std::exception const&), std::less<>> recognise()
{
    return {{std::string{Classes::condition.class_code()}, &is<Classes>}...};
}

auto const classes = recognise<sql_statement_not_yet_complete, connection_exception,
    triggered_action_exception, feature_not_supported, invalid_transaction_initiation,
    locator_exception, invalid_grantor, invalid_role_specification, diagnostics_exception,
    case_not_found, cardinality_violation, data_exception, integrity_constraint_violation,
    invalid_cursor_state, invalid_transaction_state, invalid_sql_statement_name,
    triggered_data_change_violation, invalid_authorization_specification,
    dependent_privilege_descriptors_still_exist, invalid_transaction_termination,
    sql_routine_exception, invalid_cursor_name, external_routine_exception,
    external_routine_invocation_exception, savepoint_exception, invalid_catalog_name,
    invalid_schema_name, transaction_rollback, syntax_error_or_access_rule_violation,
    with_check_option_violation, insufficient_resources, program_limit_exceeded,
    object_not_in_prerequisite_state, operator_intervention, server_system_error, snapshot_too_old,
    config_file_error, fdw_error, plpgsql_error, internal_error>();

/// Where our name is not PostgreSQL's.
std::map<std::string, std::string> const renamed{
    {"22004", "data_null_value_not_allowed"},
    {"2F002", "sql_routine_modifying_sql_data_not_permitted"},
    {"2F003", "sql_routine_prohibited_sql_statement_attempted"},
    {"2F004", "sql_routine_reading_sql_data_not_permitted"},
    {"38002", "external_routine_modifying_sql_data_not_permitted"},
    {"38003", "external_routine_prohibited_sql_statement_attempted"},
    {"38004", "external_routine_reading_sql_data_not_permitted"},
    {"39004", "external_routine_invocation_null_value_not_allowed"},
    {"58000", "server_system_error"},
    {"P0003", "plpgsql_too_many_rows"},
};

std::vector<std::pair<std::string, std::string>> all_conditions()
{
    std::vector<std::pair<std::string, std::string>> all;
    std::istringstream lines{condition_names};
    for (std::string code, name; lines >> code >> name;)
        all.emplace_back(code, name);
    return all;
}

} // namespace

TEST_CASE("every condition throws its own type, under its class")
{
    std::size_t errors = 0;
    for (auto const& [code, name] : all_conditions()) {
        INFO(code);
        if (code < "03")
            continue;
        ++errors;
        auto const other = renamed.find(code);
        CHECK(thrown_type(code) == (other == renamed.end() ? name : other->second));

        auto const of_class = classes.find(code.substr(0, 2));
        CHECK((of_class == classes.end()) == (code == "10608"));
        try {
            throw_server_error(message_of(code));
        } catch (std::system_error const& caught) {
            CHECK(is<error>(caught));
            CHECK(is<server_error>(caught));
            CHECK(caught.code() == sqlstate{code});
            for (auto const& [class_code, recognised] : classes)
                CHECK(recognised(caught) == (class_code == code.substr(0, 2)));
        }
    }
    CHECK(errors == std::size(condition_table));
    CHECK(errors > 240);
}

TEST_CASE("the header holds what the data file does")
{
    auto const path =
        std::filesystem::path{__FILE__}.parent_path() / "../../../tools/conditions.txt";
    std::ifstream file{path};
    if (!file)
        return skip("compiled under a relative path, run elsewhere");
    std::size_t count = 0;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line.substr(0, line.find('#'))};
        std::string code, name;
        if (words >> code >> name) {
            ++count;
            CHECK(condition_name(sqlstate{code}) == name);
        }
    }
    CHECK(count == all_conditions().size());
}

TEST_CASE("an unknown code is its class's type, an unknown class server_error")
{
    CHECK(thrown_type("23999") == "integrity_constraint_violation");
    CHECK(thrown_type("10000") == "server_error");
    CHECK(thrown_type("ZZ000") == "server_error");
    CHECK(thrown_type("00000") == "server_error");
    CHECK(thrown_type("garbage") == "internal_error");
}

TEST_CASE("errors are caught as asyncpg's are: by condition or by class")
{
    CHECK_THROWS_AS(throw_server_error(message_of("23505")), unique_violation);
    CHECK_THROWS_AS(throw_server_error(message_of("23505")), integrity_constraint_violation);
    CHECK_THROWS_AS(throw_server_error(message_of("40001")), serialization_failure);
    CHECK_THROWS_AS(throw_server_error(message_of("25P04")), transaction_timeout);
    CHECK_THROWS_AS(
        std::rethrow_exception(make_server_error(message_of("42P01"))), undefined_table);
    CHECK(unique_violation::condition == sqlstate{"23505"});
    CHECK(
        unique_violation::condition.class_condition() == integrity_constraint_violation::condition);
}

TEST_CASE("one throws a condition of one's own making")
{
    unique_violation const made{message_of("23505")};
    CHECK(made.what() == std::string{"it failed"});
}
