namespace Blockwire.Protocol.Session;

/// <summary>How a Data-Out sequence ended.</summary>
internal enum SequenceEnd
{
    /// <summary>All that it was to bring has come.</summary>
    Whole,

    /// <summary>Something did not come; at recovery level 1 and above it can be asked for again.</summary>
    Short,

    /// <summary>Something did not come and has been asked for too often, or in too many pieces, to be asked for again.</summary>
    Exhausted,
}
