#pragma once

#include "certificates.hpp"

#include <pgcoro/testing/free_port.hpp>
#include <pgcoro/testing/private_file.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
    #include <sys/prctl.h>
#endif

/// An environment variable as long as this lives; null: without it.
class variable
{
public:
    variable(std::string name, char const* value) : name_{std::move(name)}
    {
        if (char const* const before = std::getenv(name_.c_str()))
            before_ = before;
        if (value != nullptr)
            ::setenv(name_.c_str(), value, 1);
        else
            ::unsetenv(name_.c_str());
    }
    variable(variable const&) = delete;
    variable& operator=(variable const&) = delete;
    ~variable()
    {
        if (before_)
            ::setenv(name_.c_str(), before_->c_str(), 1);
        else
            ::unsetenv(name_.c_str());
    }

private:
    std::string name_;
    std::optional<std::string> before_;
};

/// Kerberos' server with a realm of its own, PGCORO.TEST, on loopback: the user `app` has a ticket,
/// `keytab()` is that of `postgres/localhost`. Nothing of it is outside of its directory.
class kdc
{
public:
    static constexpr char const* programs[] = {
        "/usr/sbin/krb5kdc", "/usr/sbin/kdb5_util", "/usr/sbin/kadmin.local", "/usr/bin/kinit"};

    /// What is not installed; empty if all is there.
    [[nodiscard]] static std::string missing()
    {
        for (char const* const each : programs)
            if (::access(each, X_OK) != 0)
                return each;
        return {};
    }

    kdc() : port_{pgcoro::testing::find_free_port()}
    {
        std::string const at = files_.path();
        std::string const here = "127.0.0.1:" + std::to_string(port_);
        configuration_ = write_configuration("krb5.conf", port_);
        files_.write("kdc.conf", "[realms]\nPGCORO.TEST = {\n database_name = " + at +
                                     "/principal\n key_stash_file = " + at +
                                     "/stash\n acl_file = " + at + "/acl\n kdc_listen = " + here +
                                     "\n kdc_tcp_listen = " + here +
                                     "\n supported_enctypes = aes256-cts-hmac-sha1-96:normal\n}\n"
                                     "[logging]\n kdc = FILE:" +
                                     at + "/kdc.log\n");
        variable const mine{"KRB5_CONFIG", configuration_.c_str()};
        variable const profile{"KRB5_KDC_PROFILE", (at + "/kdc.conf").c_str()};
        call("kdb5_util create -s -r PGCORO.TEST -P master");
        files_.write("commands", "addprinc -randkey app\naddprinc -randkey postgres/localhost\n"
                                 "ktadd -norandkey -k " +
                                     at + "/app.keytab app\nktadd -norandkey -k " + at +
                                     "/server.keytab postgres/localhost\n");
        call("kadmin.local -r PGCORO.TEST < " + at + "/commands");
        start();
        call("kinit -k -t " + at + "/app.keytab -c " + tickets() + " app");
    }
    kdc(kdc const&) = delete;
    kdc& operator=(kdc const&) = delete;
    ~kdc()
    {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            ::waitpid(process_, nullptr, 0);
        }
    }

    /// For KRB5_CONFIG.
    [[nodiscard]] std::string const& configuration() const noexcept { return configuration_; }
    /// For KRB5CCNAME: those of `app`.
    [[nodiscard]] std::string tickets() const { return "FILE:" + files_.path() + "/tickets"; }
    [[nodiscard]] std::string keytab() const
    {
        return pgcoro::testing::read_file(files_.path() + "/server.keytab");
    }
    /// The same realm, served at another port.
    [[nodiscard]] std::string write_configuration(std::string const& name, std::uint16_t port) const
    {
        return files_.write(
            name, "[libdefaults]\n default_realm = PGCORO.TEST\n dns_lookup_realm = false\n"
                  " dns_lookup_kdc = false\n rdns = false\n dns_canonicalize_hostname = false\n"
                  " udp_preference_limit = 1\n"
                  "[realms]\nPGCORO.TEST = {\n kdc = 127.0.0.1:" +
                      std::to_string(port) + "\n}\n");
    }

private:
    void call(std::string const& command) const
    {
        std::string const log = files_.path() + "/log";
        std::string const whole = "PATH=/usr/sbin:/usr/bin:$PATH; " + command;
        if (std::system(("{ " + whole + "; } > " + log + " 2>&1").c_str()) != 0)
            throw std::runtime_error{command + ": " + pgcoro::testing::read_file(log)};
    }

    void start()
    {
        std::string const log = files_.path() + "/output";
        process_ = ::fork();
        if (process_ == 0) {
#if defined(__linux__)
            ::prctl(PR_SET_PDEATHSIG, SIGKILL); // even if the tests are killed
#endif
            if (std::freopen(log.c_str(), "w", stdout) == nullptr || ::dup2(1, 2) < 0)
                ::_exit(126);
            ::execl(programs[0], programs[0], "-n", static_cast<char*>(nullptr));
            ::_exit(127);
        }
        for (int turn = 0; turn < 1000; ++turn) {
            if (answers())
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        throw std::runtime_error{"krb5kdc does not start: " + pgcoro::testing::read_file(log)};
    }

    [[nodiscard]] bool answers() const
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int const probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool const good =
            ::connect(probe, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
        ::close(probe);
        return good;
    }

    file_directory files_;
    std::uint16_t port_;
    std::string configuration_;
    ::pid_t process_ = -1;
};
