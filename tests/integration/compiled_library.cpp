#include <pgcoro/src.hpp>
