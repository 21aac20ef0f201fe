using System.Buffers;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>The target's end of a link: login, then PDUs to the core and back, as the server's connection loop does it.</summary>
internal sealed class SimTargetConnection
{
    private static readonly TimeSpan _loginTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _closeTimeout = TimeSpan.FromSeconds(5);

    private readonly SimTarget _target;
    private readonly Link _link;
    private readonly TargetLogin _login;
    private readonly TimeSpan _connectedAt;
    private readonly ByteQueue _received = new();
    private Landing? _landing;
    private SimSession? _session;
    private TargetConnection? _connection;
    private TimeSpan? _closeBy;
    private bool _answering; // the login is over but its answer waits
    private bool _taking;
    private bool _turnedAway;
    private bool _left;
    private ConnectionOutput? _output;

    public SimTargetConnection(SimTarget target, Link link)
    {
        _target = target;
        _link = link;
        _connectedAt = target.Timeline.Now;
        _login = new TargetLogin(new Directory(target, this), target.Offers, LoginLimits.Default, new Serial32((uint)target.Random.Next()));
        link.TargetLost = Leave;
        link.ToTarget.Arrived = OnBytes;
        link.ToInitiator.Drained = () => _output?.Flush();
    }

    public TargetConnection? Core => _connection;

    public void OnTick(TimeSpan now)
    {
        if ((_session is null && now - _connectedAt > _loginTimeout) || now > _closeBy)
        {
            Abort("took too long");
        }
    }

    public void RequestClose(CloseKind kind, string why)
    {
        _target.Trace.Add($"target  closes c{_link.Cid} ({kind}): {why}");
        if (_output is null || (_output.IsOpen && (kind == CloseKind.Now || (kind == CloseKind.WithoutFlush && _output.IsSending))))
        {
            Abort(why);
            return;
        }

        _closeBy = _target.Timeline.Now + _closeTimeout;
        _output.CloseWhenDrained();
        _output.Flush();
    }

    public void Flush() => _output?.Flush();

    public void Abort(string why)
    {
        _link.AbortByTarget();
        Leave(why);
    }

    private void OnBytes(ReadOnlyMemory<byte> bytes)
    {
        if (_left || (_turnedAway && !bytes.IsEmpty))
        {
            return;
        }

        if (bytes.IsEmpty)
        {
            Abort("closed by the initiator");
            return;
        }

        _received.Append(bytes.Span);
        Take();
    }

    private void Take()
    {
        if (_taking)
        {
            return;
        }

        _taking = true;
        while (!_left && !_answering && (_connection is null ? TakeLogin() : TakePdu()))
        {
            // one after the other
        }

        _taking = false;
        _session?.Flush();
    }

    private bool TakeLogin()
    {
        FrameProgress progress = FrameScanner.Scan(_received.Span, headerDigest: false, dataDigest: false, new FrameLimits(ConnectionParameters.DefaultMaxRecvDataSegmentLength, 0));
        if (progress.State != FrameState.Complete)
        {
            return false;
        }

        ReadOnlySpan<byte> frame = _received.Span;
        PduCheck check = LoginRequest.Parse(new LoginRequestView(frame), out LoginRequest request);
        BrokenRuleException.Unless(check.IsOk && new BhsView(frame).Opcode == Opcode.LoginRequest, $"the simulated initiator logs in rightly: {check.Rule}");
        LoginStep step = _login.OnRequest(request, InitiatorNumbers.Read(frame), progress.Layout.Data(frame));
        _received.Advance(progress.Layout.TotalLength);
        if (step.Outcome is { } outcome)
        {
            _answering = true;
            AwaitPredecessors(step, outcome, 0);
            return false;
        }

        Send(step);
        if (step.Next == LoginNext.Close)
        {
            _target.Trace.Add($"target  c{_link.Cid} login refused: {step.Why}");
            _link.ToInitiator.Finish();
            _closeBy = _target.Timeline.Now + _closeTimeout;
        }

        return true;
    }

    // The answer that opens the full feature phase waits until nothing of a former session of this initiator port is with the disk any more.
    private void AwaitPredecessors(LoginStep step, LoginOutcome outcome, int next)
    {
        SimSession session = (SimSession)outcome.Admitted!;
        if (next < session.Predecessors.Count)
        {
            session.Predecessors[next].Then(() => AwaitPredecessors(step, outcome, next + 1));
            return;
        }

        if (_left)
        {
            session.GiveUpLogin(outcome.Cid, this);
            return;
        }

        bool entered = false;
        session.Do((_, effects) => entered = Enter(session, outcome, effects));
        Send(step);
        _answering = false;
        if (!entered)
        {
            _turnedAway = true;
            session.GiveUpLogin(outcome.Cid, this);
            _link.ToInitiator.Finish();
            _closeBy = _target.Timeline.Now + _closeTimeout;
            return;
        }

        _output!.Open();
        _output.Flush();
        Take();
    }

    private bool Enter(SimSession session, LoginOutcome outcome, SimEffects effects)
    {
        if (session.Core.Ended || session.Core.IsClosing || !session.LeaveSeat(outcome.Cid, this))
        {
            return false;
        }

        TargetTextExchange text = new(new TextSessionFacts(outcome.SessionType, outcome.TargetName), _target, TextLimits.Default);
        _connection = session.Core.AddConnection(outcome.Cid, outcome.ConnectionParameters, outcome.NextStatSN, text, _target.Timeline.Now, effects);
        _connection.Shell = this;
        _output = new ConnectionOutput(_target, session, _connection, _link);
        _session = session;
        session.Connections.Add(this);
        return true;
    }

    private void Send(LoginStep step)
    {
        byte[] bhs = new byte[Bhs.Length];
        step.Response.Emit(bhs);
        step.Numbers.Write(bhs);
        _link.ToInitiator.Write(Frame.Build(bhs, step.Data.Span, headerDigest: false, dataDigest: false));
    }

    private bool TakePdu()
    {
        TargetConnection connection = _connection!;
        if (connection.State == ConnectionState.Free)
        {
            _received.Clear();
            return false;
        }

        if (_landing is { } landing)
        {
            return Land(landing);
        }

        bool headerDigest = connection.Parameters.HeaderDigest == DigestKind.Crc32C;
        bool dataDigest = connection.Parameters.DataDigest == DigestKind.Crc32C;
        FrameLimits limits = new(connection.Parameters.MaxRecvDataSegmentLength, FrameLimits.AhsOfLongestCommand);
        FrameProgress progress = FrameScanner.Scan(_received.Span, headerDigest, dataDigest, limits);
        switch (progress.State)
        {
            case FrameState.Complete:
                TakeWhole(connection, progress.Layout);
                return true;
            case FrameState.NeedMore:
                return BeginLanding(connection, progress);
            default:
                _session!.Do((core, effects) =>
                {
                    if (progress.State == FrameState.HeaderSpoilt)
                    {
                        TargetSession.OnHeaderDigestError(connection, effects);
                    }
                    else
                    {
                        core.OnUnreadable(connection, progress.Check.Rule, effects);
                    }
                });
                return false;
        }
    }

    private void TakeWhole(TargetConnection connection, FrameLayout layout)
    {
        byte[] frame = _received.Span[..layout.TotalLength].ToArray();
        _received.Advance(layout.TotalLength);
        _session!.Do((core, effects) =>
        {
            if (!layout.CheckHeaderDigest(frame))
            {
                TargetSession.OnHeaderDigestError(connection, effects);
                return;
            }

            DataSegment data = DataSegment.Borrowed(frame.AsMemory(layout.DataOffset, layout.DataLength), !layout.CheckDataDigest(frame));
            core.OnPdu(connection, layout.Header(frame), ref data, _target.Timeline.Now, effects);
            data.Release();
            effects.Run(); // what was borrowed is good until here
            frame.AsSpan().Fill(0xEE);
        });
    }

    // A PDU that has not come as a whole may be received where the core wants it.
    private bool BeginLanding(TargetConnection connection, in FrameProgress progress)
    {
        FrameLayout layout = progress.Layout;
        if (layout.TotalLength == 0 || layout.DataLength == 0 || _received.Length < layout.DataOffset || !_target.Random.Chance(60))
        {
            return false;
        }

        byte[] header = layout.Header(_received.Span).ToArray();
        if (!layout.CheckHeaderDigest(_received.Span))
        {
            _session!.Do((core, effects) => TargetSession.OnHeaderDigestError(connection, effects));
            return false;
        }

        _received.Advance(layout.DataOffset);
        Memory<byte> place = _session!.Core.PlanLanding(connection, header, layout.DataLength);
        IMemoryOwner<byte>? owner = place.IsEmpty ? _target.Pool.Rent(layout.DataLength) : null;
        _landing = new Landing(header, layout, owner is null ? place : owner.Memory[..layout.DataLength], owner);
        return true;
    }

    private bool Land(Landing landing)
    {
        BrokenRuleException.Unless(_target.Pool.Owns(landing.Place), "memory that data is received into stays put until it is there");
        int take = Math.Min(landing.Place.Length - landing.Taken, _received.Length);
        _received.Span[..take].CopyTo(landing.Place.Span[landing.Taken..]);
        landing.Taken += take;
        _received.Advance(take);
        int trailer = landing.Layout.TotalLength - landing.Layout.DataOffset - landing.Layout.DataLength;
        if (landing.Taken < landing.Place.Length || _received.Length < trailer)
        {
            return false;
        }

        ReadOnlySpan<byte> tail = _received.Span[..trailer];
        bool spoilt = landing.Layout.HasDataDigest
            && !Digest.Check(tail[^Digest.Length..], Crc32C.Append(Crc32C.Compute(landing.Place.Span), tail[..^Digest.Length]));
        _received.Advance(trailer);
        _landing = null;
        DataSegment data = landing.Owner is null ? DataSegment.InPlace(landing.Place, spoilt) : DataSegment.Staged(landing.Place, landing.Owner, spoilt);
        _session!.Do((core, effects) =>
        {
            core.OnPdu(_connection!, landing.Header, ref data, _target.Timeline.Now, effects);
            effects.Run();
        });
        data.Release();
        return true;
    }

    private void Leave(string why)
    {
        if (_left)
        {
            return;
        }

        _left = true;
        _target.Connections.Remove(this);
        if (_landing is { } landing)
        {
            _landing = null;
            landing.Owner?.Dispose();
        }

        if (_session is { } session && _connection is { } connection)
        {
            session.Do((core, effects) =>
            {
                _target.Trace.Add($"target  c{connection.Cid} is gone: {why}");
                core.ConnectionLost(connection, why, _target.Timeline.Now, effects);
                _output!.Break(effects);
                core.DropOutgoing(connection, effects);
                session.Connections.Remove(this);
            });
        }
    }

    private sealed class Landing(byte[] header, FrameLayout layout, Memory<byte> place, IMemoryOwner<byte>? owner)
    {
        public byte[] Header { get; } = header;

        public FrameLayout Layout { get; } = layout;

        public Memory<byte> Place { get; } = place;

        public IMemoryOwner<byte>? Owner { get; } = owner;

        public int Taken { get; set; }
    }

    // The login core asks for the session by this; it must know which connection asks.
    private sealed class Directory(SimTarget target, SimTargetConnection login) : ILoginDirectory
    {
        public LoginTargetFacts? FindTarget(string targetName, string initiatorName) => target.FindTarget(targetName, initiatorName);

        public LoginTargetFacts? FindDiscovery(string initiatorName) => target.FindDiscovery(initiatorName);

        public LoginStatus CheckExisting(in LoginCandidate candidate, out ExistingSession? session) => target.CheckExisting(candidate, out session);

        public LoginAdmission Admit(in LoginCandidate candidate) => target.Admit(candidate, login);
    }
}
