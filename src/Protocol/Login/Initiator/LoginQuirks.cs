namespace Blockwire.Protocol.Login;

/// <summary>What an initiator overlooks in one target that is known to need it. Nothing of it holds unless the user asks.</summary>
[Flags]
public enum LoginQuirks
{
    /// <summary>Every rule holds.</summary>
    None = 0,

    /// <summary>A proposal that gets no answer leaves the default in effect; RFC 7143 §6.2.2 demands an answer.</summary>
    UnansweredKeys = 1,

    /// <summary>
    /// CHAP algorithm 7 is not offered. tgt takes 7, which IANA gave to SHA-256, for SHA-1, so that the proof of whoever means SHA-256 is refused.
    /// </summary>
    NoChapSha256 = 2,
}
