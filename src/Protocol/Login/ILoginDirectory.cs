using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>The sessions and targets behind a portal, as far as a login asks about them.</summary>
public interface ILoginDirectory
{
    /// <summary>Looks up the target that an initiator names.</summary>
    /// <param name="targetName">Normalised name.</param>
    /// <param name="initiatorName">Normalised name of who asks; not proved yet.</param>
    /// <returns>Its facts, or null when there is no such target (0x0203).</returns>
    LoginTargetFacts? FindTarget(string targetName, string initiatorName);

    /// <summary>Looks up the terms of a discovery session without target name.</summary>
    /// <param name="initiatorName">Normalised name of who asks; not proved yet.</param>
    /// <returns>The terms (portal group tag and alias are not used), or null when discovery is not offered (0x0209).</returns>
    LoginTargetFacts? FindDiscovery(string initiatorName);

    /// <summary>
    /// Looks up the session that a login with a TSIH other than 0 wants to join. Changes nothing: the initiator has proved nothing yet.
    /// </summary>
    /// <param name="candidate">Who asks; parameters are still the defaults.</param>
    /// <param name="session">The session, on success.</param>
    /// <returns>
    /// Success when the connection may join or replace one with its CID (RFC 7143 §6.3.4); 0x020A when there is no such session; 0x0206 when
    /// a new CID would exceed MaxConnections; 0x0208 when the session cannot span to this portal (§6.3.1, §11.13.5).
    /// </returns>
    LoginStatus CheckExisting(in LoginCandidate candidate, out ExistingSession? session);

    /// <summary>
    /// Lets a connection in. Called once, when everything else of the login has succeeded and its final response is about to be built; the
    /// only place where an old session or connection may be ended and a TSIH be given (RFC 7143 §6.3.4, §6.3.5).
    /// </summary>
    /// <param name="candidate">Who asks, with the agreed parameters.</param>
    LoginAdmission Admit(in LoginCandidate candidate);
}
