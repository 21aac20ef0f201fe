using Blockwire.Testing;
using Blockwire.Trace.Reading;
using Blockwire.Trace.Streams;

namespace Blockwire.Trace.Tests;

/// <summary>A conversation of an initiator and a target, PDU by PDU, with right numbers unless a test changes them.</summary>
internal sealed class Talk
{
    public const uint None = 0xFFFF_FFFF;
    public const string Keys = "InitiatorName=iqn.2026-11.local:i\0TargetName=iqn.2026-11.local:t\0SessionType=Normal\0";

    private readonly TracedConnection _connection;

    public Talk(Recorder? recorder = null, ushort port = 40000, string target = "t")
    {
        Recorder = recorder ?? new();
        UInt128 address = (UInt128)(uint)target.Length;
        _connection = new(new(1, port, false), new(address, 41000, false), seenFromStart: true, mixed: false, new(64 << 20), Recorder);
    }

    public Recorder Recorder { get; }

    public TracedConnection Connection => _connection;

    public bool HeaderDigest { get; set; }

    public bool DataDigest { get; set; }

    public uint CmdSN { get; set; } = 100;

    public uint StatSN { get; set; } = 500;

    /// <summary>ExpStatSN of the initiator.</summary>
    public uint Seen { get; set; } = 500;

    public uint Window { get; set; } = 32;

    /// <summary>A connection that is logged in, without anything wrong.</summary>
    /// <param name="initiatorKeys">More keys of the initiator, each with its "\0".</param>
    /// <param name="targetKeys">Keys of the target.</param>
    public static Talk LoggedIn(string initiatorKeys = "", string targetKeys = "")
    {
        Talk talk = new();
        talk.Login(0x87, Keys + initiatorKeys);
        talk.LoginAnswer(0x87, targetKeys);
        Assert.Empty(talk.Recorder.Pdus.SelectMany(static it => it.Problems));
        return talk;
    }

    public static string[] Rules(TracedPdu pdu) => [.. pdu.Problems.Select(static it => it.Rule)];

    public TracedPdu FromInitiator(RawPdu pdu) => Feed(_connection.FromFirst, pdu);

    public TracedPdu FromTarget(RawPdu pdu) => Feed(_connection.FromSecond, pdu);

    public TracedPdu Login(byte flags, string keys, Action<RawPdu>? change = null, ushort tsih = 0, ushort cid = 0)
    {
        RawPdu pdu = new RawPdu(0x43, flags).U64(8, (0x8000_0000_0001UL << 16) | tsih).Itt(1).U16(20, cid).InitiatorNumbers(CmdSN, Seen).Text(keys);
        return Sent(pdu, change);
    }

    public TracedPdu LoginAnswer(byte flags, string keys, Action<RawPdu>? change = null, ushort? tsih = null)
    {
        ushort handle = tsih ?? ((flags & 0x83) == 0x83 ? (ushort)7 : (ushort)0);
        RawPdu pdu = new RawPdu(0x23, flags).U64(8, (0x8000_0000_0001UL << 16) | handle).Itt(1).TargetNumbers(StatSN++, CmdSN, CmdSN + Window).Text(keys);
        return Answered(pdu, change);
    }

    /// <summary>A command; byte 1 is F, R and W with a simple attribute.</summary>
    public TracedPdu Command(uint tag, uint length = 0, byte flags = 0x81, byte[]? data = null, Action<RawPdu>? change = null, bool immediate = false)
    {
        RawPdu pdu = new RawPdu((byte)(immediate ? 0x41 : 0x01), flags).Itt(tag).U32(20, length).InitiatorNumbers(CmdSN, Seen).U8(32, 0x28).Data(data ?? []);
        CmdSN += immediate ? 0u : 1;
        return Sent(pdu, change);
    }

    public TracedPdu Response(uint tag, byte status = 0, uint expDataSN = 0, Action<RawPdu>? change = null)
    {
        RawPdu pdu = new RawPdu(0x21, 0x80).U8(3, status).Itt(tag).TargetNumbers(StatSN++, CmdSN, CmdSN + Window).U32(36, expDataSN);
        return Answered(pdu, change);
    }

    public TracedPdu DataIn(uint tag, uint dataSN, uint offset, int length, byte flags = 0x00, Action<RawPdu>? change = null)
    {
        bool hasStatus = (flags & 1) != 0;
        RawPdu pdu = new RawPdu(0x25, flags).Itt(tag).U32(20, None).TargetNumbers(hasStatus ? StatSN++ : 0, CmdSN, CmdSN + Window).U32(36, dataSN).U32(40, offset).Data(new byte[length]);
        return Answered(pdu, change);
    }

    public TracedPdu R2T(uint tag, uint transferTag, uint r2tSN, uint offset, uint length, Action<RawPdu>? change = null) =>
        Answered(new RawPdu(0x31, 0x80).Itt(tag).U32(20, transferTag).TargetNumbers(StatSN, CmdSN, CmdSN + Window).U32(36, r2tSN).U32(40, offset).U32(44, length), change);

    public TracedPdu DataOut(uint tag, uint transferTag, uint dataSN, uint offset, int length, bool final, Action<RawPdu>? change = null) =>
        Sent(new RawPdu(0x05, (byte)(final ? 0x80 : 0)).Itt(tag).U32(20, transferTag).U32(28, Seen).U32(36, dataSN).U32(40, offset).Data(new byte[length]), change);

    public TracedPdu NopOut(uint tag, uint transferTag = None, byte[]? data = null, Action<RawPdu>? change = null) =>
        Sent(new RawPdu(0x40, 0x80).Itt(tag).U32(20, transferTag).InitiatorNumbers(CmdSN, Seen).Data(data ?? []), change);

    public TracedPdu NopIn(uint tag, uint transferTag = None, byte[]? data = null, Action<RawPdu>? change = null)
    {
        RawPdu pdu = new RawPdu(0x20, 0x80).Itt(tag).U32(20, transferTag).TargetNumbers(tag == None ? StatSN : StatSN++, CmdSN, CmdSN + Window).Data(data ?? []);
        return Answered(pdu, change);
    }

    /// <summary>An immediate request of another kind.</summary>
    public TracedPdu Request(byte opcode, byte flags, uint tag, Action<RawPdu>? change = null) =>
        Sent(new RawPdu((byte)(0x40 | opcode), flags).Itt(tag).U32(20, None).InitiatorNumbers(CmdSN, Seen), change);

    /// <summary>A numbered answer of another kind.</summary>
    public TracedPdu Answer(byte opcode, byte flags, uint tag, Action<RawPdu>? change = null) =>
        Answered(new RawPdu(opcode, flags).Itt(tag).TargetNumbers(StatSN++, CmdSN, CmdSN + Window), change);

    private TracedPdu Sent(RawPdu pdu, Action<RawPdu>? change)
    {
        change?.Invoke(pdu);
        return FromInitiator(pdu);
    }

    private TracedPdu Answered(RawPdu pdu, Action<RawPdu>? change)
    {
        change?.Invoke(pdu);
        return FromTarget(pdu);
    }

    private TracedPdu Feed(PduFramer framer, RawPdu pdu)
    {
        int before = Recorder.Pdus.Count;
        framer.Feed(pdu.Bytes(HeaderDigest, DataDigest), default);
        Assert.Equal(before + 1, Recorder.Pdus.Count);
        return Recorder.Pdus[^1];
    }
}
