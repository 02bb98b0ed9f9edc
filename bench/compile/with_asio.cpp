// The same input and output with Asio and OpenSSL alone: connects over TCP, a Unix socket and TLS,
// writes and reads. What a program costs the compiler that uses no client at all.

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/ssl/context.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <array>
#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>

template <class Stream>
asio::awaitable<std::string> ask(Stream& stream, std::string_view question)
{
    co_await asio::async_write(stream, asio::buffer(question), asio::use_awaitable);
    std::array<char, 1024> answer{};
    std::size_t const size =
        co_await stream.async_read_some(asio::buffer(answer), asio::use_awaitable);
    co_return std::string(answer.data(), size);
}

asio::awaitable<void> run(std::string host, std::string path)
{
    auto const executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver{executor};
    auto const found = co_await resolver.async_resolve(host, "5432", asio::use_awaitable);

    asio::ip::tcp::socket plain{executor};
    co_await plain.async_connect(*found.begin(), asio::use_awaitable);
    std::cout << co_await ask(plain, "question");

    asio::local::stream_protocol::socket local{executor};
    co_await local.async_connect(asio::local::stream_protocol::endpoint{path}, asio::use_awaitable);
    std::cout << co_await ask(local, "question");

    asio::ssl::context context{asio::ssl::context::tls_client};
    context.set_default_verify_paths();
    asio::ssl::stream<asio::ip::tcp::socket> secret{executor, context};
    co_await secret.lowest_layer().async_connect(*found.begin(), asio::use_awaitable);
    co_await secret.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    std::cout << co_await ask(secret, "question");
}

int main(int argc, char** argv)
{
    asio::io_context context{1};
    asio::co_spawn(context, run(argv[1], argv[argc - 1]), asio::detached);
    context.run();
}
