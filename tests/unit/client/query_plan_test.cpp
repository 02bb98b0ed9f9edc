#include "catch.hpp"

#include <pgcoro/client/query_plan.hpp>

#include <sstream>
#include <string>

using pgcoro::decode_error;
using pgcoro::query_plan;

namespace {

constexpr char const* joined = R"json([
  {
    "Plan": {
      "Node Type": "Nested Loop", "Parallel Aware": false, "Join Type": "Left",
      "Startup Cost": 0.15, "Total Cost": 24.32, "Plan Rows": 3, "Plan Width": 40,
      "Actual Startup Time": 0.021, "Actual Total Time": 0.050, "Actual Rows": 2, "Actual Loops": 1,
      "Output": ["a.id", "b.name"],
      "Workers": [{"Worker Number": 0, "Actual Rows": [1, 2]}],
      "Plans": [
        { "Node Type": "Seq Scan", "Relation Name": "people", "Alias": "a",
          "Startup Cost": 0.00, "Total Cost": 1.03, "Plan Rows": 3, "Plan Width": 4,
          "Filter": "(name <> 'a \"b\" \\ c\n')" },
        { "Node Type": "Index Scan", "Index Name": "people_pkey", "Relation Name": "people",
          "Alias": "people", "Startup Cost": 1e-1, "Total Cost": 7.76, "Plan Rows": 1,
          "Plan Width": 36 }
      ]
    },
    "Planning Time": 0.123, "Triggers": [], "Execution Time": 1.5
  }
])json";

} // namespace

TEST_CASE("a plan is a tree of its steps")
{
    query_plan const plan{joined};
    CHECK(plan.raw() == joined);
    CHECK(plan.planning_time() == 0.123);
    CHECK(plan.execution_time() == 1.5);
    auto const& root = plan.root();
    CHECK(root.node_type == "Nested Loop");
    CHECK(root.total_cost == 24.32);
    CHECK(root.was_executed);
    CHECK(root.actual_rows == 2);
    CHECK(root.detail("Join Type") == "Left");
    CHECK(root.detail("Output") == "a.id, b.name");
    CHECK(root.detail("Filter").empty());
    REQUIRE(root.plans.size() == 2);
    CHECK(root.plans[0].relation == "people");
    CHECK(root.plans[0].alias == "a");
    CHECK(root.plans[0].plan_rows == 3);
    CHECK(root.plans[0].width == 4);
    CHECK_FALSE(root.plans[0].was_executed);
    CHECK(root.plans[0].detail("Filter") == "(name <> 'a \"b\" \\ c\n')");
    CHECK(root.plans[1].index == "people_pkey");
    CHECK(root.plans[1].startup_cost == 0.1);
}

TEST_CASE("a plan prints as psql shows it")
{
    std::ostringstream out;
    out << query_plan{joined};
    std::string const text = out.str();
    CHECK_THAT(
        text, Catch::Matchers::StartsWith("Nested Loop  (cost=0.15..24.32 rows=3 width=40) (actual "
                                          "time=0.021..0.050 rows=2 loops=1)\n"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring(
                         "\n  ->  Seq Scan on people a  (cost=0.00..1.03 rows=3 width=4)\n"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring(
                         "\n  ->  Index Scan using people_pkey on people  (cost="));
    CHECK_THAT(
        text, Catch::Matchers::EndsWith("\nPlanning Time: 0.123 ms\nExecution Time: 1.500 ms\n"));
}

TEST_CASE("what has no plan, and what is none")
{
    CHECK(query_plan{R"(["Utility Statement"])"}.root().node_type == "Utility Statement");
    std::string const whole = joined;
    for (std::size_t size = 0; size + 1 < whole.size(); ++size)
        CHECK_THROWS_AS(query_plan{whole.substr(0, size)}, decode_error);
    for (char const* const wrong :
        {"[]", "{}", "[{}]", "[1] x", R"([{"Plan": 1}])", R"([{"Plan": {"Node Type": 1}}])",
            R"([{"Plan": {"Node Type": "\u12"}}])", R"([{"Plan": {"Plan Rows": "x"}}])"})
        CHECK_THROWS_AS(query_plan{wrong}, decode_error);
    CHECK_THROWS_AS(query_plan{std::string(100'000, '[')}, decode_error);
}
