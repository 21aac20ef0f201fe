using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>Where a connection of the simulated initiator is.</summary>
internal enum ScriptedState
{
    /// <summary>TCP is there, the login runs.</summary>
    LoggingIn,

    /// <summary>S5: full feature phase.</summary>
    LoggedIn,

    /// <summary>S6, S7: a logout that closes it is under way; nothing new goes out on it.</summary>
    LoggingOut,

    /// <summary>S8: its transport is gone and what was on it is not settled.</summary>
    Lost,

    /// <summary>S1.</summary>
    Free,
}

/// <summary>One connection of the simulated initiator: frames, StatSN, and what is missing of it.</summary>
internal sealed class ScriptedConnection(ScriptedInitiator initiator, Link link, ushort cid)
{
    private readonly ByteQueue _received = new();
    private readonly List<Serial32> _missing = [];
    private readonly HashSet<uint> _askedAgain = [];
    private TargetNumbers? _lastNumbers;
    private bool _taking;

    public ushort Cid { get; } = cid;

    public Link Link { get; } = link;

    public ScriptedState State { get; set; }

    /// <summary>The connection that its login reinstates, or null.</summary>
    public ScriptedConnection? Replaces { get; set; }

    public bool IsLeading { get; set; }

    public TimeSpan StartedAt { get; set; }

    public TimeSpan LostAt { get; set; }

    /// <summary>When its recovery may begin, chosen when it was lost.</summary>
    public TimeSpan RecoverAt { get; set; }

    /// <summary>A logout or login that is to settle it is under way.</summary>
    public object? RecoveredBy { get; set; }

    public bool HeaderDigest { get; set; }

    public bool DataDigest { get; set; }

    /// <summary>Most bytes that the target takes in one data segment.</summary>
    public int TargetMaxRecvDataSegmentLength { get; set; } = 8192;

    public TimeSpan HeardAt { get; set; }

    public TimeSpan? PingedAt { get; set; }

    /// <summary>The StatSN that comes next, whatever is missing before it.</summary>
    public Serial32 NextStatSN { get; set; }

    public TimeSpan SnackAt { get; set; }

    public IReadOnlyList<Serial32> Missing => _missing;

    /// <summary>PDUs whose payload was spoilt, and holes that followed from them.</summary>
    public int Spoilt { get; private set; }

    public int StatusHoles { get; private set; }

    public int DataHoles { get; set; }

    public bool IsUp => State is ScriptedState.LoggedIn;

    public bool IsOpen => State is ScriptedState.LoggedIn or ScriptedState.LoggingOut;

    /// <summary>RFC 7143 §7.9: neither a missing status nor one whose data is missing is acknowledged.</summary>
    public Serial32 ExpStatSN
    {
        get
        {
            Serial32 least = NextStatSN;
            foreach (Serial32 missing in _missing)
            {
                least = missing < least ? missing : least;
            }

            foreach (Serial32 unfinished in initiator.StatusesWithoutData(this))
            {
                least = unfinished < least ? unfinished : least;
            }

            return least;
        }
    }

    public void Send(Action<Span<byte>> emit, Serial32 cmdSN, ReadOnlySpan<byte> data = default)
    {
        byte[] bhs = new byte[Bhs.Length];
        emit(bhs);
        new InitiatorNumbers(cmdSN, ExpStatSN).Write(bhs);
        bool login = State == ScriptedState.LoggingIn;
        Bhs.SetLengths(bhs, 0, data.Length);
        initiator.Trace.Add($"init    c{Cid} -> {PduText.Of(bhs)}");
        Link.ToTarget.Write(Frame.Build(bhs, data, HeaderDigest && !login, DataDigest && !login));
    }

    /// <summary>The StatSN field of a PDU that has just come. False: it has been here before, and is to be left alone.</summary>
    public bool TakeStatSN(Serial32 statSN, bool counts)
    {
        int ahead = Serial32.Distance(NextStatSN, statSN);
        if (ahead >= 0)
        {
            for (; NextStatSN != statSN; NextStatSN++)
            {
                _missing.Add(NextStatSN);
                StatusHoles++;
            }

            BrokenRuleException.Unless(StatusHoles <= Spoilt, $"StatSN has no holes (RFC 7143 §4.2.2.2): c{Cid} goes to {statSN}, {StatusHoles} are missing, {Spoilt} PDUs were spoilt");
            NextStatSN += counts ? 1u : 0;
            return true;
        }

        BrokenRuleException.Unless(counts, $"a PDU without a status shows the next StatSN (RFC 7143 §11.8.3, §11.19.2): {statSN} instead of {NextStatSN} on c{Cid}");
        if (_missing.Remove(statSN))
        {
            _askedAgain.Add(statSN.Value);
            return true;
        }

        BrokenRuleException.Unless(_askedAgain.Contains(statSN.Value), $"a StatSN is used once (RFC 7143 §4.2.2.2): {statSN} on c{Cid}");
        return false;
    }

    /// <summary>A status was asked for again: it may come more often than once.</summary>
    public void AskedAgain(Serial32 statSN) => _askedAgain.Add(statSN.Value);

    public void OnBytes(ReadOnlyMemory<byte> bytes)
    {
        if (State is ScriptedState.Lost or ScriptedState.Free)
        {
            return;
        }

        if (bytes.IsEmpty)
        {
            initiator.OnFinished(this);
            return;
        }

        _received.Append(bytes.Span);
        if (!_taking)
        {
            _taking = true;
            while (State is not (ScriptedState.Lost or ScriptedState.Free) && TakeFrame())
            {
                // one after the other
            }

            _taking = false;
        }
    }

    private bool TakeFrame()
    {
        bool login = State == ScriptedState.LoggingIn;
        FrameProgress progress = FrameScanner.Scan(_received.Span, HeaderDigest && !login, DataDigest && !login, new FrameLimits(initiator.Terms.MaxRecvDataSegmentLength + (login ? 8192 : 0), 0));
        if (progress.State is FrameState.Refused or FrameState.HeaderSpoilt)
        {
            BrokenRuleException.Unless(progress.State == FrameState.HeaderSpoilt, $"the target keeps to the lengths it was told: {progress.Check.Rule}");
            initiator.Lose(this, "a PDU with a length that cannot be");
            return false;
        }

        if (progress.State == FrameState.NeedMore)
        {
            return false;
        }

        FrameLayout layout = progress.Layout;
        byte[] frame = _received.Span[..layout.TotalLength].ToArray();
        _received.Advance(layout.TotalLength);
        HeardAt = initiator.Now;
        PingedAt = null;
        if (!layout.CheckHeaderDigest(frame))
        {
            initiator.Lose(this, "header digest error");
            return false;
        }

        if (!layout.CheckDataDigest(frame))
        {
            Spoilt++;
            initiator.OnSpoilt(this, frame);
            return true;
        }

        initiator.OnPdu(this, frame, layout.Data(frame));
        return true;
    }

    /// <summary>ExpCmdSN and MaxCmdSN never go back on a connection.</summary>
    public void CheckOrder(in TargetNumbers numbers)
    {
        if (_lastNumbers is { } last)
        {
            BrokenRuleException.Unless(
                numbers.ExpCmdSN >= last.ExpCmdSN && numbers.MaxCmdSN >= last.MaxCmdSN,
                $"ExpCmdSN and MaxCmdSN never go back (RFC 7143 §4.2.2.1): {last.ExpCmdSN}, {last.MaxCmdSN} and then {numbers.ExpCmdSN}, {numbers.MaxCmdSN} on c{Cid}");
        }

        _lastNumbers = numbers;
    }
}
