namespace Blockwire.Protocol.Keys;

/// <summary>When a key may be sent: the "Use" line of its section in RFC 7143 §13.</summary>
[Flags]
public enum KeyStages
{
    /// <summary>Never.</summary>
    None = 0,

    /// <summary>SecurityNegotiation.</summary>
    Security = 1,

    /// <summary>LoginOperationalNegotiation.</summary>
    Operational = 2,

    /// <summary>Full feature phase, in a Text Request or Response.</summary>
    FullFeature = 4,

    /// <summary>Either login stage: the mark "Any-Stage" with "IO".</summary>
    AnyLogin = Security | Operational,

    /// <summary>"ALL" without "Any-Stage".</summary>
    OperationalOrFullFeature = Operational | FullFeature,

    /// <summary>"ALL, Any-Stage".</summary>
    All = Security | Operational | FullFeature,
}
