#pragma once

namespace pgcoro {

/// The first byte of what the server sends.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html
enum class backend_message : char
{
    authentication = 'R',
    backend_key_data = 'K',
    bind_complete = '2',
    close_complete = '3',
    command_complete = 'C',
    copy_both_response = 'W',
    copy_data = 'd',
    copy_done = 'c',
    copy_in_response = 'G',
    copy_out_response = 'H',
    data_row = 'D',
    empty_query_response = 'I',
    error_response = 'E',
    function_call_response = 'V',
    negotiate_protocol_version = 'v',
    no_data = 'n',
    notice_response = 'N',
    notification_response = 'A',
    parameter_description = 't',
    parameter_status = 'S',
    parse_complete = '1',
    portal_suspended = 's',
    ready_for_query = 'Z',
    row_description = 'T',
};

/// The first byte of what we send.
enum class frontend_message : char
{
    bind = 'B',
    close = 'C',
    copy_data = 'd',
    copy_done = 'c',
    copy_fail = 'f',
    describe = 'D',
    execute = 'E',
    parse = 'P',
    password = 'p',
    query = 'Q',
    sync = 'S',
    terminate = 'X',
};

/// What the backend is doing, as ReadyForQuery tells it.
enum class transaction_status : char
{
    idle = 'I',
    in_transaction = 'T',
    failed = 'E',
};

} // namespace pgcoro
