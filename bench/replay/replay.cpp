// A PostgreSQL that answers from memory: replay DIRECTORY. It listens on a socket in the directory;
// what it is asked for the first time it asks the server that PGHOST and PGPORT name, and remembers
// the answer byte by byte. So a client that repeats itself is limited by nothing but itself. Only
// for queries that change nothing. It ends when its standard input does.

#include "memory.hpp"

#include <array>
#include <deque>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <sys/epoll.h>

using namespace bench;

namespace {

/// The size of the first question in `bytes`; nothing if it is not whole yet.
std::optional<std::size_t> question_size(std::string_view bytes, bool startup)
{
    for (std::size_t at = 0; bytes.size() - at >= 5;) {
        std::size_t const type = startup ? 0 : 1;
        std::size_t const size = type + load<std::uint32_t>(bytes.data() + at + type);
        if (bytes.size() - at < size)
            return std::nullopt;
        char const first = bytes[at];
        at += size;
        if (startup || first == 'S' || first == 'H' || first == 'Q' || first == 'X')
            return at;
    }
    return std::nullopt;
}

class client
{
public:
    explicit client(descriptor socket) : socket_{std::move(socket)} {}

    [[nodiscard]] int number() const noexcept { return socket_.number(); }
    [[nodiscard]] bool blocked() const noexcept { return !out_.empty(); }

    void read(memory& known)
    {
        std::array<std::byte, 65536> chunk;
        std::size_t const count = socket_.read(chunk.data(), chunk.size());
        in_.append(reinterpret_cast<char const*>(chunk.data()), count);
        std::string_view rest{in_};
        while (auto const size = question_size(rest, !started_)) {
            asked const what{rest.substr(0, *size), !started_};
            rest.remove_prefix(*size);
            started_ = true;
            if (what.bytes().front() == 'X')
                throw std::runtime_error{"goodbye"};
            out_.push_back(*known.find(what, state_, real_));
        }
        in_.erase(0, in_.size() - rest.size());
        write();
    }

    void write()
    {
        while (!out_.empty()) {
            // small answers leave together
            if (out_.size() > 1 && out_.front().size() < chunk_size) {
                joined_.clear();
                for (auto const each : out_) {
                    if (joined_.size() + each.size() > chunk_size)
                        break;
                    joined_ += each;
                }
            } else {
                joined_.assign(out_.front().substr(0, chunk_size));
            }
            std::size_t taken = socket_.write(joined_.data(), joined_.size());
            if (taken == 0)
                return;
            while (taken != 0) {
                auto& front = out_.front();
                std::size_t const part = std::min(taken, front.size());
                front.remove_prefix(part);
                taken -= part;
                if (front.empty())
                    out_.pop_front();
            }
        }
    }

private:
    static constexpr std::size_t chunk_size = std::size_t{128} * 1024;

    descriptor socket_;
    std::string in_;
    std::string joined_;
    std::deque<std::string_view> out_;
    memory::source real_;
    std::size_t state_ = 0;
    bool started_ = false;
};

class replay_server
{
public:
    explicit replay_server(std::string const& directory)
    {
        auto const address = socket_address(directory + "/.s.PGSQL.5432");
        if (::bind(listener_.number(), reinterpret_cast<sockaddr const*>(&address),
                sizeof address) < 0 ||
            ::listen(listener_.number(), 64) < 0)
            throw_errno("bind");
        watch(EPOLL_CTL_ADD, listener_.number(), EPOLLIN, &listener_);
        watch(EPOLL_CTL_ADD, 0, EPOLLIN, nullptr);
    }

    void run()
    {
        for (std::array<epoll_event, 32> events;;) {
            int const count =
                ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                auto const& event = events[static_cast<std::size_t>(i)];
                if (event.data.ptr == nullptr)
                    return;
                if (event.data.ptr == &listener_)
                    accept();
                else
                    serve(*static_cast<client*>(event.data.ptr), event.events);
            }
        }
    }

private:
    void watch(int how, int number, unsigned events, void* what)
    {
        epoll_event event{};
        event.events = events;
        event.data.ptr = what;
        if (::epoll_ctl(epoll_.number(), how, number, &event) < 0)
            throw_errno("epoll_ctl");
    }

    void accept()
    {
        descriptor accepted{::accept(listener_.number(), nullptr, nullptr)};
        if (accepted.number() < 0)
            return;
        accepted.make_non_blocking();
        auto const made = clients_.insert(std::make_unique<client>(std::move(accepted))).first;
        watch(EPOLL_CTL_ADD, (*made)->number(), EPOLLIN, made->get());
    }

    void serve(client& each, unsigned events)
    {
        bool const was_blocked = each.blocked();
        try {
            if ((events & EPOLLOUT) != 0)
                each.write();
            if ((events & ~unsigned{EPOLLOUT}) != 0)
                each.read(known_);
        } catch (std::exception const&) {
            std::erase_if(clients_, [&](auto const& other) { return other.get() == &each; });
            return;
        }
        if (each.blocked() != was_blocked)
            watch(
                EPOLL_CTL_MOD, each.number(), each.blocked() ? EPOLLIN | EPOLLOUT : EPOLLIN, &each);
    }

    descriptor listener_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    memory known_;
    std::set<std::unique_ptr<client>> clients_;
};

} // namespace

int main(int argc, char* argv[])
{
    if (argc != 2) {
        std::cerr << "usage: replay DIRECTORY\n";
        return 2;
    }
    try {
        replay_server server{argv[1]};
        std::cout << "ready" << std::endl;
        server.run();
    } catch (std::exception const& error) {
        std::cerr << "replay: " << error.what() << '\n';
        return 1;
    }
}
