// What a perfect client would cost: the floor, and every column decoded by hand, text as a view.

#include "run_hand.hpp"

#include <string_view>

using namespace bench;

int main(int argc, char** argv)
{
    return report(argc, argv, [](arguments const& how) {
        using text = std::string_view;
        switch (how.which) {
        case case_id::pg_type:
            return run_hand<type_row<text>, passing_rows>(how);
        case case_id::bytes:
            return run_hand<single_row<std::span<std::byte const>>, passing_rows>(how);
        case case_id::arrays:
            return run_hand<single_row<std::vector<std::int32_t>>, passing_rows>(how);
        case case_id::lookup:
        case case_id::twenty_lookups:
            return run_hand<user_row<text>, passing_rows>(how);
        case case_id::typed_columns:
            return run_hand<order_row<text>, passing_rows>(how);
        case case_id::many_rows:
            return run_hand<event_row<text>, passing_rows>(how);
        case case_id::integers:
        case case_id::one_plus:
        case case_id::shared_connection:
        case case_id::shared_pool:
        case case_id::plain_pool:
            return run_hand<single_row<std::int32_t>, passing_rows>(how);
        default:
            return print_skip(how, "the same as floor");
        }
    });
}
