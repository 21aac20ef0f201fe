namespace Blockwire.Protocol.Session;

/// <summary>States of a connection at the target in full feature phase (RFC 7143 §8.1.3; the login states belong to the login core).</summary>
public enum ConnectionState
{
    /// <summary>S5: full feature phase.</summary>
    LoggedIn,

    /// <summary>S6: a Logout Request is being carried out; nothing new is taken.</summary>
    InLogout,

    /// <summary>S7: the target has asked for a logout.</summary>
    LogoutRequested,

    /// <summary>S1: gone.</summary>
    Free,
}
