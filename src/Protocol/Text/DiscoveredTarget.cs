using System.Collections.Immutable;
using Blockwire.Protocol.Naming;

namespace Blockwire.Protocol.Text;

/// <summary>One target record of a SendTargets answer (RFC 7143 Appendix C).</summary>
/// <param name="Name">Normalised target name.</param>
/// <param name="Addresses">Values of TargetAddress, "address:port,tag" with brackets round IPv6. May be empty.</param>
public sealed record DiscoveredTarget(string Name, ImmutableArray<string> Addresses)
{
    /// <summary>The addresses as they can be connected to; what is no address is left out.</summary>
    public ImmutableArray<TargetPortal> Portals =>
    [
        .. Addresses.Select(static text => PortalAddress.TryReadTargetAddress(text, out PortalAddress address, out ushort? tag)
            ? new TargetPortal(address, tag)
            : (TargetPortal?)null).OfType<TargetPortal>(),
    ];
}
