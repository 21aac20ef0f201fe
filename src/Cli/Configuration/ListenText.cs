using System.Diagnostics.CodeAnalysis;
using Blockwire.Protocol.Naming;

namespace Blockwire.Cli.Configuration;

/// <summary>Where to listen, as users write it.</summary>
internal static class ListenText
{
    /// <summary>This machine only, until someone asks for more.</summary>
    public const string Default = "127.0.0.1:3260";

    public static bool TryRead(string text, out PortalAddress address, [NotNullWhen(false)] out string? problem)
    {
        problem = PortalAddress.TryParse(text, out address)
            ? null
            : $"'{text}' is not HOST:PORT, such as 127.0.0.1:3260, [::1]:3260 or 0.0.0.0:3260; port 0 picks one";
        return problem is null;
    }

    public static PortalAddress DefaultAddress() =>
        PortalAddress.TryParse(Default, out PortalAddress address) ? address : throw new FormatException(Default);
}
