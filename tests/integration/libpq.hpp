#pragma once

#include <optional>
#include <string>
#include <type_traits>

#include <dlfcn.h>

/// libpq, where it is installed: what it makes of the same connection string. Found while running,
/// so that nothing but one test has to do with it.
class libpq
{
public:
    struct outcome
    {
        bool connected = false;
        bool encrypted = false;
        std::string message;
    };

    /// Nothing where there is none.
    [[nodiscard]] static std::optional<libpq> find()
    {
        libpq found;
        void* const library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr || !found.take(library))
            return std::nullopt;
        return found;
    }

    [[nodiscard]] outcome connect(std::string const& text) const
    {
        void* const connection = connect_(text.c_str());
        outcome what;
        what.connected = status_(connection) == 0;
        what.encrypted = what.connected && encrypted_(connection) != 0;
        what.message = message_(connection);
        finish_(connection);
        return what;
    }

private:
    bool take(void* library)
    {
        auto const symbol = [library](auto& into, char const* name) {
            into =
                reinterpret_cast<std::remove_reference_t<decltype(into)>>(::dlsym(library, name));
            return into != nullptr;
        };
        return symbol(connect_, "PQconnectdb") && symbol(status_, "PQstatus") &&
               symbol(encrypted_, "PQsslInUse") && symbol(message_, "PQerrorMessage") &&
               symbol(finish_, "PQfinish");
    }

    void* (*connect_)(char const*) = nullptr;
    int (*status_)(void const*) = nullptr;
    int (*encrypted_)(void*) = nullptr;
    char* (*message_)(void const*) = nullptr;
    void (*finish_)(void*) = nullptr;
};
