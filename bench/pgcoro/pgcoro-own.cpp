// pgcoro with rows that own what is in them.

#include "typed_cases.hpp"

namespace {

using text = std::string;

int run_case(arguments const& how)
{
    switch (how.which) {
    case case_id::pg_type:
        return measure_case<all_rows<pg_type<text>, case_id::pg_type>>(how);
    case case_id::bytes:
        return measure_case<all_rows<std::vector<std::byte>, case_id::bytes>>(how);
    case case_id::lookup:
        return measure_case<lookup<user<text>>>(how);
    case case_id::twenty_lookups:
        return measure_case<twenty_lookups<user<text>>>(how);
    case case_id::typed_columns:
        return measure_case<all_rows<order<text>, case_id::typed_columns>>(how);
    case case_id::many_rows:
        return measure_case<all_rows<event<text>, case_id::many_rows>>(how);
    default:
        return print_skip(how, "the same as pgcoro-view");
    }
}

} // namespace

int main(int argc, char** argv)
{
    return report(argc, argv, run_case);
}
