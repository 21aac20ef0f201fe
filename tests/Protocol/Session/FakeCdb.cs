using System.Buffers.Binary;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>CDBs of a device that exists in these tests only: what it takes, what it gives, and how.</summary>
/// <param name="Takes">Bytes that the CDB wants from the initiator.</param>
/// <param name="Gives">Bytes that the CDB has for the initiator.</param>
internal sealed record FakeCdb(uint Takes = 0, uint Gives = 0)
{
    /// <summary>The device server refuses it before any data moves.</summary>
    public bool Refused { get; init; }

    /// <summary>Execution is over when it has been started.</summary>
    public bool Inline { get; init; }

    /// <summary>The data is the device's own memory, not a rented block.</summary>
    public bool Lent { get; init; }

    /// <summary>It fails when executed.</summary>
    public bool Fails { get; init; }

    /// <summary>Its data cannot be read again.</summary>
    public bool Once { get; init; }

    /// <summary>It rents a block and then has nothing to say in it, like a command with ALLOCATION LENGTH 0.</summary>
    public bool Trimmed { get; init; }

    public TaskPlan Plan => new(!Refused, Takes, Gives, Inline, Takes == 0 && Gives > 0 && !Once);

    public static FakeCdb Read(ReadOnlySpan<byte> cdb) => new(BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]), BinaryPrimitives.ReadUInt32BigEndian(cdb[6..]))
    {
        Refused = (cdb[1] & 1) != 0,
        Inline = (cdb[1] & 2) != 0,
        Lent = (cdb[1] & 4) != 0,
        Fails = (cdb[1] & 8) != 0,
        Once = (cdb[1] & 16) != 0,
        Trimmed = (cdb[1] & 32) != 0,
    };

    public Cdb16 ToCdb()
    {
        byte[] cdb = new byte[16];
        cdb[0] = 0xC0;
        cdb[1] = (byte)((Refused ? 1 : 0) | (Inline ? 2 : 0) | (Lent ? 4 : 0) | (Fails ? 8 : 0) | (Once ? 16 : 0) | (Trimmed ? 32 : 0));
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(2), Takes);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(6), Gives);
        return Cdb16.From(cdb);
    }
}
