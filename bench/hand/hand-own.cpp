// What a perfect client would cost whose results are vectors of rows that own their text.

#include "run_hand.hpp"

#include <string>

using namespace bench;

int main(int argc, char** argv)
{
    return report(argc, argv, [](arguments const& how) {
        using text = std::string;
        switch (how.which) {
        case case_id::pg_type:
            return run_hand<type_row<text>, kept_rows>(how);
        case case_id::integers:
            return run_hand<single_row<std::int32_t>, kept_rows>(how);
        case case_id::bytes:
            return run_hand<single_row<std::vector<std::byte>>, kept_rows>(how);
        case case_id::arrays:
            return run_hand<single_row<std::vector<std::int32_t>>, kept_rows>(how);
        case case_id::lookup:
        case case_id::twenty_lookups:
            return run_hand<user_row<text>, kept_rows>(how);
        case case_id::typed_columns:
            return run_hand<order_row<text>, kept_rows>(how);
        case case_id::many_rows:
            return run_hand<event_row<text>, kept_rows>(how);
        default:
            return print_skip(how, "the same as hand-view or floor");
        }
    });
}
