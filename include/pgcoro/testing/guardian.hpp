#pragma once

#include "guardian_script.hpp"
#include "server_start_error.hpp"
#include "unprivileged_user.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pgcoro::testing {

/// A new directory of the server's user, which nobody else may enter. Its path is short: a Unix
/// socket's may not be longer than about 100 bytes. Throws server_start_error.
[[nodiscard]] inline std::string make_private_directory(std::string const& parent)
{
    std::string path = parent + "/pgcoro-XXXXXX";
    if (path.size() > 80 || path.find('\n') != std::string::npos)
        throw server_start_error{"the path " + path + " is too long to hold a Unix socket"};
    if (::mkdtemp(path.data()) == nullptr)
        throw server_start_error{
            "could not make a directory in " + parent + ": " + std::strerror(errno)};
    auto const user = server_user();
    if (user && ::chown(path.c_str(), user->uid, user->gid) != 0) {
        int const reason = errno;
        ::rmdir(path.c_str());
        throw server_start_error{
            "could not give " + path + " to " + user->name + ": " + std::strerror(reason)};
    }
    return path;
}

/// A process beside ours that owns a directory and at most one server, and outlives us: when our
/// end of the channel closes, by the destructor or because we were killed, it stops the server and
/// removes the directory. It is a shell, so that nothing of this program (threads, sanitizers,
/// descriptors, memory) is left in it; it has a session of its own, so that the Ctrl-C that ends
/// us does not end it; and it gives up root's rights before it begins.
class guardian
{
public:
    using clock = std::chrono::steady_clock;

    /// Takes charge of `directory`. Throws server_start_error.
    explicit guardian(std::string directory) : directory_{std::move(directory)}
    {
        try {
            launch();
        } catch (...) {
            ::rmdir(directory_.c_str());
            throw;
        }
        if (auto const line = next_line(clock::now() + std::chrono::seconds{30}); line != "ready") {
            std::string const reason = line.value_or("it does not answer");
            release();
            ::rmdir(directory_.c_str());
            throw server_start_error{"could not start /bin/sh to look after the server: " + reason};
        }
    }
    guardian(guardian const&) = delete;
    guardian& operator=(guardian const&) = delete;
    ~guardian() { release(); }

    [[nodiscard]] std::string const& directory() const noexcept { return directory_; }

    /// In a forked copy of the process, the guardian and what it guards belong to the original.
    [[nodiscard]] bool ours() const noexcept { return ::getpid() == owner_; }

    /// Runs a verb of the guardian's script with arguments.
    void send(std::string_view verb, std::vector<std::string> const& arguments)
    {
        std::string line{verb};
        for (auto const& argument : arguments)
            line += ' ' + quoted(argument);
        line += '\n';
        std::string_view rest = line;
        while (!rest.empty()) {
            ssize_t const sent = ::send(channel_, rest.data(), rest.size(), no_signal);
            if (sent > 0)
                rest.remove_prefix(static_cast<std::size_t>(sent));
            else if (errno != EINTR)
                throw server_start_error{"the process that looks after the server is gone"};
        }
    }

    /// The guardian's next message, or nothing when there is none by `deadline` or ever after.
    [[nodiscard]] std::optional<std::string> next_line(clock::time_point deadline)
    {
        for (;;) {
            if (std::size_t const end = received_.find('\n'); end != std::string::npos) {
                std::string line = received_.substr(0, end);
                received_.erase(0, end + 1);
                return line;
            }
            auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
            pollfd waiting{channel_, POLLIN, 0};
            int const ready = ::poll(&waiting, 1, std::max(0, static_cast<int>(left.count())));
            if (ready < 0 && errno == EINTR)
                continue;
            if (ready <= 0)
                return std::nullopt;
            std::array<char, 512> bytes;
            ssize_t const count = ::recv(channel_, bytes.data(), bytes.size(), 0);
            if (count > 0)
                received_.append(bytes.data(), static_cast<std::size_t>(count));
            else if (count == 0 || errno != EINTR) {
                gone_ = true;
                return std::nullopt;
            }
        }
    }

    /// It was killed: nothing will come any more.
    [[nodiscard]] bool gone() const noexcept { return gone_; }

private:
#ifdef MSG_NOSIGNAL
    static constexpr int no_signal = MSG_NOSIGNAL;
#else
    static constexpr int no_signal = 0; // SO_NOSIGPIPE is set instead
#endif

    [[nodiscard]] static std::string quoted(std::string_view text)
    {
        std::string result{"'"};
        for (char const c : text)
            result += c == '\'' ? std::string{"'\\''"} : std::string{c};
        return result + '\'';
    }

    [[nodiscard]] static std::array<int, 2> make_channel()
    {
        std::array<int, 2> ends{-1, -1};
#ifdef SOCK_CLOEXEC // at once: another thread may be about to start a program
        int const made = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
#else
        int const made = ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data());
#endif
        if (made != 0)
            throw server_start_error{
                std::string{"could not make a socket: "} + std::strerror(errno)};
        for (int const end : ends) {
            ::fcntl(end, F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
            int const on = 1;
            ::setsockopt(end, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
        }
        return ends;
    }

    /// What the guardian and the server see of our environment: PGPORT and the like would change
    /// what the server does.
    [[nodiscard]] static std::vector<std::string> make_environment()
    {
        std::vector<std::string> environment{"LC_ALL=C", "TZ=UTC"};
        char const* const path = std::getenv("PATH");
        environment.push_back(
            std::string{"PATH="} + (path != nullptr && *path != '\0' ? path : "/usr/bin:/bin"));
        for (char const* const name : {"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}) {
            if (char const* const value = std::getenv(name); value != nullptr)
                environment.push_back(std::string{name} + '=' + value);
        }
        return environment;
    }

    void launch()
    {
        auto const user = server_user();
        auto environment = make_environment();
        std::vector<char*> variables;
        for (auto& variable : environment)
            variables.push_back(variable.data());
        variables.push_back(nullptr);
        std::string shell = "/bin/sh";
        std::string option = "-c";
        std::string script{guardian_script};
        std::string name = "pgcoro-guardian";
        std::array<char*, 6> const arguments{
            shell.data(), option.data(), script.data(), name.data(), directory_.data(), nullptr};

        auto const ends = make_channel();
        // No handler of this program may run in the copy.
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        pid_ = ::fork();
        if (pid_ == 0)
            become_guardian(ends[1], arguments.data(), variables.data(), user ? &*user : nullptr);
        int const reason = errno;
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        ::close(ends[1]);
        channel_ = ends[0];
        if (pid_ < 0) {
            ::close(channel_);
            throw server_start_error{std::string{"could not fork: "} + std::strerror(reason)};
        }
    }

    /// Only async-signal-safe calls: other threads may have held any lock at the fork.
    [[noreturn]] static void become_guardian(int channel, char* const* arguments,
        char* const* environment, unprivileged_user const* user) noexcept
    {
        auto const give_up = [](char const* message) {
            [[maybe_unused]] auto const sent = ::write(1, message, std::strlen(message));
            ::_exit(1);
        };
        int const high = ::fcntl(channel, F_DUPFD, 3); // the program may have closed its 0 to 2
        ::dup2(high, 0);
        ::dup2(high, 1);
        ::dup2(high, 2);
        close_from(3);
        struct sigaction standard = {};
        standard.sa_handler = SIG_DFL;
        for (int number = 1; number < NSIG; ++number)
            ::sigaction(number, &standard, nullptr);
        ::setsid();
        ::umask(077);
        if (::chdir("/") != 0)
            give_up("chdir failed\n");
        if (user != nullptr) {
            if (::setgroups(0, nullptr) != 0)
                give_up("setgroups failed\n");
            if (::setgid(user->gid) != 0)
                give_up("setgid failed\n");
            if (::setuid(user->uid) != 0)
                give_up("setuid failed\n");
        }
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::execve(arguments[0], arguments, environment);
        give_up("no /bin/sh\n");
        ::_exit(1);
    }

    static void close_from(int first) noexcept
    {
#ifdef SYS_close_range
        if (::syscall(SYS_close_range, first, ~0U, 0) == 0)
            return;
#endif
        // The limit may be a billion in a container, where this loop would take minutes.
        rlimit limit{};
        int const last = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536
                             ? static_cast<int>(limit.rlim_cur)
                             : 65536;
        for (int i = first; i < last; ++i)
            ::close(i);
    }

    void release() noexcept
    {
        ::close(channel_);
        if (!ours())
            return;
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    std::string directory_;
    std::string received_;
    pid_t owner_ = ::getpid();
    pid_t pid_ = -1;
    int channel_ = -1;
    bool gone_ = false;
};

} // namespace pgcoro::testing
