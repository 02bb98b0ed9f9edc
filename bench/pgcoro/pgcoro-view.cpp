// pgcoro with rows of views into the result.

#include "connecting.hpp"
#include "inserting.hpp"
#include "pooling.hpp"
#include "typed_cases.hpp"

namespace {

using text = std::string_view;

int run_case(arguments const& how)
{
    switch (how.which) {
    case case_id::pg_type:
        return measure_case<all_rows<pg_type<text>, case_id::pg_type>>(how);
    case case_id::integers:
        return measure_case<all_rows<int, case_id::integers>>(how);
    case case_id::bytes:
        return measure_case<all_rows<std::span<std::byte const>, case_id::bytes>>(how);
    case case_id::arrays:
        return measure_case<all_rows<std::vector<int>, case_id::arrays>>(how);
    case case_id::copy_in:
        return measure_case<copying>(how);
    case case_id::batch_insert:
        return measure_case<inserting>(how);
    case case_id::one_plus:
    case case_id::shared_connection:
        return measure_case<one_plus>(how);
    case case_id::lookup:
        return measure_case<lookup<user<text>>>(how);
    case case_id::twenty_lookups:
        return measure_case<twenty_lookups<user<text>>>(how);
    case case_id::typed_columns:
        return measure_case<all_rows<order<text>, case_id::typed_columns>>(how);
    case case_id::connect:
    case case_id::reconnect:
        return measure_connecting(how);
    case case_id::many_rows:
        return measure_case<all_rows<event<text>, case_id::many_rows>>(how);
    case case_id::shared_pool:
        return measure_pool<pg::multiplexed_pool>(how);
    case case_id::plain_pool:
        return measure_pool<pg::pool>(how);
    }
    return print_skip(how, "no such case");
}

} // namespace

int main(int argc, char** argv)
{
    return report(argc, argv, run_case);
}
