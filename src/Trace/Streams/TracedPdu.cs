using Blockwire.Wire;

namespace Blockwire.Trace.Streams;

/// <summary>What is known of a digest.</summary>
public enum DigestState
{
    /// <summary>There is none.</summary>
    Absent,

    /// <summary>It is right.</summary>
    Right,

    /// <summary>It is wrong.</summary>
    Wrong,

    /// <summary>Bytes that it covers were not captured.</summary>
    Unknown,
}

/// <summary>A rule that a PDU breaks.</summary>
/// <param name="Rule">RFC and section: "7143/11.8.4".</param>
/// <param name="Text">What is wrong, in words.</param>
public readonly record struct Problem(string Rule, string Text)
{
    /// <summary>Takes a <see cref="PduCheck"/> apart, whose rule says how it should be.</summary>
    internal static Problem From(PduCheck check)
    {
        int blank = check.Rule.IndexOf(' ');
        return blank < 0 ? new(check.Rule, "") : new(check.Rule[..blank], $"broken: {check.Rule[(blank + 1)..]}");
    }
}

/// <summary>A PDU of a capture, with its bytes.</summary>
public sealed class TracedPdu
{
    private readonly byte[] _bytes;
    private readonly List<Problem> _problems = [];

    internal TracedPdu(TracedConnection connection, bool fromInitiator, byte[] bytes, FrameLayout layout, Moment moment, int missingBytes)
    {
        Connection = connection;
        FromInitiator = fromInitiator;
        _bytes = bytes;
        Layout = layout;
        Moment = moment;
        MissingBytes = missingBytes;
        bool isWhole = missingBytes == 0;
        HeaderDigest = !layout.HasHeaderDigest ? DigestState.Absent : layout.CheckHeaderDigest(bytes) ? DigestState.Right : isWhole ? DigestState.Wrong : DigestState.Unknown;
        DataDigest = !layout.HasDataDigest ? DigestState.Absent : !isWhole ? DigestState.Unknown : layout.CheckDataDigest(bytes) ? DigestState.Right : DigestState.Wrong;
    }

    /// <summary>Its number in the output, from 1.</summary>
    public long Number { get; internal set; }

    /// <summary>The connection that it came on.</summary>
    public TracedConnection Connection { get; }

    /// <summary>Who sent it.</summary>
    public bool FromInitiator { get; }

    /// <summary>When its last byte was seen.</summary>
    public Moment Moment { get; }

    /// <summary>Where its parts lie.</summary>
    public FrameLayout Layout { get; }

    /// <summary>Bytes of it that the capture lacks; they are 0 in <see cref="Bytes"/>.</summary>
    public int MissingBytes { get; }

    /// <summary>The header digest.</summary>
    public DigestState HeaderDigest { get; }

    /// <summary>The data digest.</summary>
    public DigestState DataDigest { get; }

    /// <summary>The whole PDU, digests included.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The 48 bytes.</summary>
    public ReadOnlySpan<byte> BasicHeader => _bytes.AsSpan(0, Bhs.Length);

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Header => new(_bytes);

    /// <summary>What it is.</summary>
    public Opcode Opcode => Header.Opcode;

    /// <summary>The AHSs.</summary>
    public ReadOnlySpan<byte> Ahs => Layout.Ahs(_bytes);

    /// <summary>The data segment without padding.</summary>
    public ReadOnlySpan<byte> Data => Layout.Data(_bytes);

    /// <summary>The padding of the data segment.</summary>
    public ReadOnlySpan<byte> Padding => Layout.PaddedData(_bytes)[Layout.DataLength..];

    /// <summary>The rules that it breaks.</summary>
    public IReadOnlyList<Problem> Problems => _problems;

    internal void Flag(string rule, string text) => Flag(new(rule, text));

    // One PDU may break a rule in the eyes of two checks that say it alike.
    internal void Flag(Problem problem)
    {
        if (!_problems.Contains(problem))
        {
            _problems.Add(problem);
        }
    }
}
