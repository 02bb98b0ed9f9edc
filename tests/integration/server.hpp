#pragma once

#include <pgcoro/testing/temporary_server.hpp>

/// The server that the integration tests share: started by the first that asks. Each test makes
/// tables of its own (or temporary ones), so that the order does not matter; who needs other
/// settings, or stops it, starts a temporary_server of its own: the second takes 0.1 s.
inline pgcoro::temporary_server& shared_server()
{
    static pgcoro::temporary_server server{pgcoro::temporary_server_options{}.tcp()};
    return server;
}
