namespace Blockwire.Fuzz.Tests;

/// <summary>The ways in which a valid PDU is spoilt.</summary>
public enum Mutation
{
    /// <summary>One to eight bits of the header flipped.</summary>
    FlippedHeaderBits,

    /// <summary>Bits of the data segment flipped.</summary>
    FlippedData,

    /// <summary>Random bytes in place of one field of the header.</summary>
    RandomField,

    /// <summary>The length fields lie.</summary>
    WrongLength,

    /// <summary>A data segment far above what was negotiated, with its bytes.</summary>
    Oversized,

    /// <summary>The PDU stops in the middle.</summary>
    Truncated,

    /// <summary>Any of the 64 opcodes.</summary>
    RandomOpcode,

    /// <summary>Random AHS, with the right length in the header.</summary>
    AhsSoup,

    /// <summary>A legal PDU at a moment when it is not.</summary>
    WrongMoment,

    /// <summary>A digest that does not match (or, without digests, four bytes too many).</summary>
    WrongDigest,

    /// <summary>CmdSN, ExpStatSN, DataSN, tags and offsets at and around their limits.</summary>
    ExtremeNumbers,

    /// <summary>A random CDB, or a known one with random fields.</summary>
    RandomCdb,

    /// <summary>The same PDU twice.</summary>
    Doubled,

    /// <summary>Broken key=value text.</summary>
    BrokenText,

    /// <summary>No PDU at all.</summary>
    Noise,
}
