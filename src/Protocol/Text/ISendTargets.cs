namespace Blockwire.Protocol.Text;

/// <summary>The targets that the initiator of one session may see (RFC 7143 Appendix C).</summary>
public interface ISendTargets
{
    /// <summary>Every target this initiator may access, each with all its portals.</summary>
    IEnumerable<DiscoveredTarget> All();

    /// <summary>One target, or null when it does not exist or this initiator may not access it.</summary>
    /// <param name="name">Normalised target name.</param>
    DiscoveredTarget? Find(string name);
}
