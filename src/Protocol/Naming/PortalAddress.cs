using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Blockwire.Protocol.Naming;

/// <summary>
/// Where a portal listens: host and TCP port. Read from "host", "host:port", "1.2.3.4:port", "[v6]:port", "[v6]" and bare IPv6;
/// written with brackets round IPv6, as TargetAddress wants it (RFC 7143 §13.8).
/// </summary>
public readonly record struct PortalAddress
{
    /// <summary>The port that IANA assigned to iSCSI (RFC 7143 §13.8).</summary>
    public const int DefaultPort = 3260;

    private const int LongestHostName = 253;

    private readonly string? _host;

    private PortalAddress(string host, int port, bool isIPv6)
    {
        _host = host;
        Port = port;
        IsIPv6 = isIPv6;
    }

    /// <summary>An IP address or a host name, without brackets.</summary>
    public string Host => _host ?? "";

    /// <summary>TCP port, 0 to 65535; 0 stands for a port the system chooses.</summary>
    public int Port { get; }

    /// <summary>True when <see cref="Host"/> is an IPv6 address.</summary>
    public bool IsIPv6 { get; }

    /// <summary>The address of a bound or connected socket. An IPv4 address mapped into IPv6 is written as IPv4.</summary>
    /// <param name="endpoint">Address and port.</param>
    public static PortalAddress From(IPEndPoint endpoint)
    {
        IPAddress address = endpoint.Address.IsIPv4MappedToIPv6 ? endpoint.Address.MapToIPv4() : endpoint.Address;
        return new(address.ToString(), endpoint.Port, address.AddressFamily == AddressFamily.InterNetworkV6);
    }

    /// <summary>Reads an address.</summary>
    /// <param name="text">As written.</param>
    /// <param name="address">The address; port 3260 when the text has none.</param>
    /// <returns>False when the text is no address.</returns>
    public static bool TryParse(string text, out PortalAddress address)
    {
        address = default;
        if (text.StartsWith('['))
        {
            int close = text.IndexOf(']', StringComparison.Ordinal);
            return close > 0 && TryV6(text[1..close], out string v6) && TryPort(text[(close + 1)..], out int port) && Set(new(v6, port, true), out address);
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon != text.LastIndexOf(':'))
        {
            return TryV6(text, out string bare) && Set(new(bare, DefaultPort, true), out address);
        }

        string host = colon < 0 ? text : text[..colon];
        return IsHost(host) && TryPort(colon < 0 ? "" : text[colon..], out int named) && Set(new(host, named, false), out address);
    }

    /// <summary>Reads the value of a TargetAddress: an address, and a portal group tag behind a comma where there is one (RFC 7143 §13.8).</summary>
    /// <param name="text">As received.</param>
    /// <param name="address">The address.</param>
    /// <param name="portalGroupTag">The tag; null without one, or when what stands there is none.</param>
    /// <returns>False when the text holds no address.</returns>
    public static bool TryReadTargetAddress(string text, out PortalAddress address, out ushort? portalGroupTag)
    {
        int comma = text.LastIndexOf(',');
        bool tagged = ushort.TryParse(text.AsSpan(comma + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort tag) && comma >= 0;
        portalGroupTag = tagged ? tag : null;
        return TryParse(comma < 0 ? text : text[..comma], out address);
    }

    /// <summary>The same host at another port.</summary>
    /// <param name="port">0 to 65535.</param>
    public PortalAddress WithPort(int port) => new(Host, port, IsIPv6);

    /// <summary>"host:port" or "[v6]:port".</summary>
    public override string ToString() => IsIPv6 ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>The value of TargetAddress in a SendTargets answer: address, comma, tag (RFC 7143 §13.8).</summary>
    /// <param name="portalGroupTag">The tag of the portal group.</param>
    public string ToTargetAddress(ushort portalGroupTag) => $"{this},{portalGroupTag}";

    private static bool Set(PortalAddress value, out PortalAddress address)
    {
        address = value;
        return true;
    }

    private static bool TryV6(string text, out string host)
    {
        bool ok = IPAddress.TryParse(text, out IPAddress? parsed) && parsed.AddressFamily == AddressFamily.InterNetworkV6 &&
            !text.Contains('[', StringComparison.Ordinal);
        host = ok ? parsed!.ToString() : "";
        return ok;
    }

    private static bool TryPort(string text, out int port)
    {
        port = DefaultPort;
        return text.Length == 0 || (text[0] == ':' && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535);
    }

    // A text of digits and dots alone must be a whole IPv4 address: "10.0.0" is a slip, not a name.
    private static bool IsHost(string host) => host.Length is > 0 and <= LongestHostName &&
        (host.All(static c => char.IsAsciiDigit(c) || c == '.') ? IsDottedQuad(host) : host.Split('.').All(IsLabel));

    private static bool IsDottedQuad(string host) =>
        host.Split('.') is { Length: 4 } parts && parts.All(static part => byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private static bool IsLabel(string label) => label.Length is > 0 and <= 63 && !label.StartsWith('-') && !label.EndsWith('-') &&
        label.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
