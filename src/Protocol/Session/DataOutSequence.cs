namespace Blockwire.Protocol.Session;

/// <summary>One sequence of Data-Out PDUs, unsolicited or the answer to one R2T (RFC 7143 §13.19).</summary>
internal struct DataOutSequence
{
    /// <summary>It has begun and has not ended.</summary>
    public bool Open;

    /// <summary>How often its bytes had been asked for again when it began.</summary>
    public byte Rounds;

    /// <summary>Tag of its R2T, or the reserved one.</summary>
    public uint TargetTransferTag;

    /// <summary>Number of its R2T.</summary>
    public uint R2TSN;

    /// <summary>First byte of its range.</summary>
    public uint Begin;

    /// <summary>Behind the highest byte that has come or was passed over.</summary>
    public uint Next;

    /// <summary>Behind the last byte of its range.</summary>
    public uint End;

    /// <summary>DataSN that comes next.</summary>
    public uint DataSN;

    /// <summary>When it began or made its last progress.</summary>
    public TimeSpan At;

    /// <summary>The R2T that it answers.</summary>
    public readonly SentR2T R2T => new(R2TSN, TargetTransferTag, Begin, End - Begin);
}
