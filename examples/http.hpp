#pragma once

// As much of HTTP/1.1 as examples/http_service.cpp needs, on Asio: requests with a Content-Length,
// keep-alive, pipelining. It knows nothing of databases.
// https://www.rfc-editor.org/rfc/rfc9112

#include <pgcoro/net/asio.hpp>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace http {

using socket = asio::ip::tcp::socket;
using asio::awaitable;

struct request
{
    std::string method;
    std::string path;  // /users
    std::string query; // limit=10
    std::string body;
    bool keep_alive = true;
};

struct response
{
    response(int code, std::string text, std::string_view kind = "application/json")
        : status{code}, body{std::move(text)}, type{kind}
    {}
    int status;
    std::string body;
    std::string_view type;
};

/// A request that gets this status for an answer, and its connection closed.
struct bad_request
{
    int status;
};

constexpr std::size_t largest_head = 16 * 1024;
constexpr std::size_t largest_body = 64 * 1024;
constexpr std::chrono::seconds idle_limit{30};

inline std::string_view reason(int status)
{
    constexpr std::pair<int, std::string_view> all[] = {{200, "OK"}, {400, "Bad Request"},
        {404, "Not Found"}, {405, "Method Not Allowed"}, {409, "Conflict"},
        {413, "Content Too Large"}, {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"}, {501, "Not Implemented"}, {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"}};
    for (auto const& [each, text] : all)
        if (each == status)
            return text;
    return "Status";
}

/// A whole number and nothing else.
template <class Number>
std::optional<Number> parse_number(std::string_view text)
{
    Number value{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// What `name` is in a=1&b=2, where it stands first.
inline std::optional<std::string_view> query_value(std::string_view query, std::string_view name)
{
    while (!query.empty()) {
        std::string_view const pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.substr(0, pair.find('=')) == name)
            return pair.substr(std::min(pair.size(), name.size() + 1));
    }
    return std::nullopt;
}

inline std::string json_string(std::string_view text)
{
    std::string quoted = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\')
            (quoted += '\\') += c;
        else if (static_cast<unsigned char>(c) < 0x20)
            ((quoted += "\\u00") += "01"[c / 16]) += "0123456789abcdef"[c % 16];
        else
            quoted += c;
    }
    return quoted += '"';
}

/// The value of a member of {"a": 1, "b": 2}: an object of whole numbers, as all ours are. Nothing
/// if it is anything else, or has no such member.
inline std::optional<long long> json_integer(std::string_view text, std::string_view name)
{
    auto const skip = [&text](char wanted) {
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
        if (text.empty() || text.front() != wanted)
            return false;
        text.remove_prefix(1);
        return true;
    };
    std::optional<long long> found;
    if (!skip('{'))
        return std::nullopt;
    do {
        if (!skip('"'))
            return std::nullopt;
        std::string_view const key = text.substr(0, text.find('"'));
        text.remove_prefix(key.size());
        if (!skip('"') || !skip(':'))
            return std::nullopt;
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
        auto const number =
            parse_number<long long>(text.substr(0, text.find_first_not_of("-0123456789")));
        if (!number)
            return std::nullopt;
        text.remove_prefix(std::min(text.size(), text.find_first_not_of("-0123456789")));
        if (key == name)
            found = number;
    } while (skip(','));
    if (!skip('}') || text.find_first_not_of(" \t\r\n") != text.npos)
        return std::nullopt;
    return found;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// The head of a request, without the empty line behind it. Gives how long the body is.
inline std::size_t parse_head(std::string_view head, request& into, bool& expects_continue)
{
    auto const line = [&head] {
        std::string_view const first = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), first.size() + 2));
        if (first.find_first_of(std::string_view{"\r\n\0", 3}) != first.npos)
            throw bad_request{400};
        return first;
    };
    std::string_view const start = line();
    std::size_t const method_end = start.find(' ');
    std::size_t const target_end = start.rfind(' ');
    if (method_end == start.npos || method_end == 0 || target_end == method_end)
        throw bad_request{400};
    std::string_view const target = start.substr(method_end + 1, target_end - method_end - 1);
    std::string_view const version = start.substr(target_end + 1);
    if (!version.starts_with("HTTP/1.") || version.size() != 8)
        throw bad_request{version.starts_with("HTTP/") ? 505 : 400};
    if (!target.starts_with('/') || target.find(' ') != target.npos)
        throw bad_request{400};
    std::size_t const path_end = std::min(target.find('?'), target.size());
    into.method = start.substr(0, method_end);
    into.path = target.substr(0, path_end);
    into.query = target.substr(std::min(path_end + 1, target.size()));
    into.keep_alive = version != "HTTP/1.0";
    std::optional<std::size_t> length;
    bool has_host = version == "HTTP/1.0";
    while (!head.empty()) {
        std::string_view const field = line();
        std::string_view const name = field.substr(0, field.find(':'));
        // A space before the colon, or a folded line: others may read such a request otherwise.
        if (name.empty() || name.size() == field.size() || name.find_first_of(" \t") != name.npos)
            throw bad_request{400};
        std::string_view value = field.substr(name.size() + 1);
        value.remove_prefix(std::min(value.size(), value.find_first_not_of(" \t")));
        value = value.substr(0, value.find_last_not_of(" \t") + 1);
        if (equal_ignoring_case(name, "content-length")) {
            auto const said = parse_number<std::size_t>(value);
            if (!said || (length && *length != *said))
                throw bad_request{400};
            length = said;
        } else if (equal_ignoring_case(name, "transfer-encoding")) {
            throw bad_request{501};
        } else if (equal_ignoring_case(name, "connection")) {
            if (equal_ignoring_case(value, "close"))
                into.keep_alive = false;
            else if (equal_ignoring_case(value, "keep-alive"))
                into.keep_alive = true;
        } else if (equal_ignoring_case(name, "host")) {
            has_host = true;
        } else if (equal_ignoring_case(name, "expect")) {
            expects_continue = equal_ignoring_case(value, "100-continue");
        }
    }
    if (!has_host)
        throw bad_request{400};
    if (length.value_or(0) > largest_body)
        throw bad_request{413};
    return length.value_or(0);
}

/// One client: reads requests and answers them, in order. What it sends is not answered while it
/// does not take the answers.
class connection
{
public:
    explicit connection(socket to)
        : socket_{std::make_shared<socket>(std::move(to))}, clock_{socket_->get_executor()}
    {}

    /// `handle(request)` gives an awaitable of the response. Returns when the client has gone, has
    /// been idle for too long, or sent what is no request.
    template <class Handle>
    awaitable<void> serve(Handle& handle)
    {
        for (bool more = true; more;) {
            int refused = 0;
            try {
                auto const asked = co_await read();
                if (!asked)
                    co_return;
                more = asked->keep_alive;
                co_await write(co_await handle(*asked), more);
            } catch (bad_request const& error) {
                refused = error.status;
            }
            if (refused != 0) {
                more = false;
                co_await write({refused, R"({"error": "bad request"})"}, false);
            }
        }
    }

private:
    awaitable<std::optional<request>> read()
    {
        request asked;
        std::size_t end = 0;
        for (std::size_t seen = 0; (end = input_.find("\r\n\r\n", seen)) == input_.npos;) {
            if (input_.size() > largest_head)
                throw bad_request{431};
            seen = input_.size() < 3 ? 0 : input_.size() - 3;
            if (!co_await read_some())
                co_return std::nullopt;
        }
        bool expects_continue = false;
        std::size_t const length =
            parse_head(std::string_view{input_}.substr(0, end), asked, expects_continue);
        input_.erase(0, end + 4);
        if (expects_continue && input_.size() < length)
            co_await write_all("HTTP/1.1 100 Continue\r\n\r\n");
        while (input_.size() < length)
            if (!co_await read_some())
                co_return std::nullopt;
        asked.body = input_.substr(0, length);
        input_.erase(0, length);
        co_return asked;
    }

    awaitable<bool> read_some()
    {
        // As everywhere with sockets: try first, wait only when there is nothing yet.
        std::array<char, 4096> room;
        asio::error_code error;
        socket_->non_blocking(true);
        std::size_t count = socket_->read_some(asio::buffer(room), error);
        if (error == asio::error::would_block) {
            clock_.expires_after(idle_limit);
            clock_.async_wait([idle = socket_](asio::error_code ended) {
                if (!ended)
                    idle->close();
            });
            count = co_await socket_->async_read_some(
                asio::buffer(room), asio::redirect_error(asio::use_awaitable, error));
            clock_.cancel();
        }
        input_.append(room.data(), count);
        co_return !error;
    }

    awaitable<void> write(response const& what, bool keep_alive)
    {
        std::string text = "HTTP/1.1 " + std::to_string(what.status) + ' ';
        text += reason(what.status);
        text += "\r\nContent-Type: ";
        text += what.type;
        text += "\r\nContent-Length: " + std::to_string(what.body.size());
        text += keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
        text += what.body;
        co_await write_all(std::move(text));
    }

    awaitable<void> write_all(std::string text)
    {
        for (std::size_t sent = 0; sent < text.size();)
            sent += co_await socket_->async_write_some(
                asio::buffer(text.data() + sent, text.size() - sent), asio::use_awaitable);
    }

    std::shared_ptr<socket> socket_; // shared with the clock
    asio::steady_timer clock_;
    std::string input_;
};

/// Serves one client until it goes. `handle` must outlive that.
template <class Handle>
awaitable<void> serve(socket client, Handle& handle)
{
    try {
        client.set_option(asio::ip::tcp::no_delay{true});
        connection peer{std::move(client)};
        co_await peer.serve(handle);
    } catch (std::system_error const&) {
        // It has gone.
    }
}

/// Serves whoever connects, until the acceptor is closed.
template <class Handle>
awaitable<void> serve(asio::ip::tcp::acceptor& from, Handle& handle)
{
    while (from.is_open()) {
        asio::error_code error;
        socket client =
            co_await from.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!error)
            asio::co_spawn(from.get_executor(), serve(std::move(client), handle), [](auto) {});
    }
}

} // namespace http
