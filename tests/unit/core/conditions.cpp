#include "catch.hpp"

#include <pgcoro/core/all_conditions.hpp>
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

/// The code that the type has of what is thrown for a code; "" for server_error itself. Itanium
/// mangling spells it out: `Lc50E` is the character 50.
std::string thrown_type(std::string_view code)
{
    try {
        throw_server_error(message_of(code));
    } catch (server_error const& caught) {
        std::string const mangled = typeid(caught).name();
        std::string name;
        for (auto at = mangled.find("Lc"); at != std::string::npos; at = mangled.find("Lc", at + 1))
            name += static_cast<char>(std::stoi(mangled.substr(at + 2)));
        return name;
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

std::vector<std::pair<std::string, std::string>> named_conditions()
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
    for (auto const& [code, name] : named_conditions()) {
        INFO(code);
        if (code < "03")
            continue;
        ++errors;
        CHECK(thrown_type(code) == code);
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
    CHECK(errors == std::size(all_conditions));
    CHECK(errors > 240);
}

TEST_CASE("each type has the name of its condition")
{
    auto const path = std::filesystem::path{__FILE__}.parent_path() /
                      "../../../include/pgcoro/core/conditions.hpp";
    std::ifstream file{path};
    if (!file)
        return skip("compiled under a relative path, run elsewhere");
    std::map<std::string, std::string> types;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        std::string keyword, name, equals;
        if (!(words >> keyword >> name >> equals) || keyword != "using")
            continue;
        std::string code;
        line.resize(line.find(';'));
        for (auto at = line.find('\''); at != std::string::npos; at = line.find('\'', at + 3))
            code += line[at + 1];
        types[code] = name;
    }
    for (auto const& [code, name] : named_conditions()) {
        if (code < "03")
            continue;
        INFO(code);
        auto const other = renamed.find(code);
        CHECK(types[code] == (other == renamed.end() ? name : other->second));
    }
    CHECK(types.size() == std::size(all_conditions));
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
    CHECK(count == named_conditions().size());
}

TEST_CASE("an unknown code is its class's type, an unknown class server_error")
{
    CHECK(thrown_type("23999") == "23000");
    CHECK(thrown_type("10000") == "");
    CHECK(thrown_type("ZZ000") == "");
    CHECK(thrown_type("00000") == "");
    CHECK(thrown_type("garbage") == "XX000");
}

TEST_CASE("a condition is known while somebody knows it")
{
    sqlstate const unknown{"ZZ123"}, unheard_of{"ZZ124"};
    struct special : server_error
    {
        using server_error::server_error;
    };
    auto const raise = [](server_error const& error) {
        throw special{error, server_error::retyped{}};
    };
    CHECK(known_condition::find(unknown) == nullptr);
    {
        known_condition const one{unknown, raise};
        known_condition const another{unheard_of, raise};
        CHECK_THROWS_AS(throw_server_error(message_of("ZZ123")), special);
        CHECK_THROWS_AS(throw_server_error(message_of("ZZ124")), special);
        known_condition const again{unknown, raise}; // of another library
        CHECK(known_condition::find(unknown) != nullptr);
    }
    CHECK(known_condition::find(unknown) == nullptr);
    CHECK(known_condition::find(unheard_of) == nullptr);
    CHECK(thrown_type("ZZ123") == "");
    CHECK(thrown_type("23505") == "23505");
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
