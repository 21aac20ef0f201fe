namespace Blockwire.Initiator;

/// <summary>The T field of an ISID: who gave it out (RFC 7143 §11.12.5).</summary>
public enum IsidFormat
{
    /// <summary>The owner of an OUI.</summary>
    Oui = 0,

    /// <summary>The owner of an IANA enterprise number.</summary>
    EnterpriseNumber = 1,

    /// <summary>Nobody: a random number.</summary>
    Random = 2,

    /// <summary>Not to be used.</summary>
    Reserved = 3,
}
