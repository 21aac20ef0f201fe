using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>The initiator's end of a link: login, then PDUs to the core and back.</summary>
internal sealed class SimInitiatorConnection(SimInitiator initiator, InitiatorConnection connection)
{
    private static readonly TimeSpan _finWait = TimeSpan.FromSeconds(2);

    private readonly ByteQueue _received = new();
    private SimLogin? _login;
    private SimLanding? _landing;
    private PduBatch? _batch;
    private int _next;
    private bool _closed;
    private bool _finished; // our FIN is out; the peer's is waited for
    private bool _taking;
    private bool _flushing;
    private bool _spare;

    public InitiatorConnection Core { get; } = connection;

    /// <summary>Null until the transport is there.</summary>
    public Link? Link { get; private set; }

    /// <summary>A Logout Request for it is out on it.</summary>
    public bool HasLoggedOut { get; set; }

    public SimInitiator Owner => initiator;

    public bool IsClosed => _closed || _finished;

    public bool IsOpen => !_closed && Link is { IsCut: false };

    private PairWorld World => initiator.World;

    private bool HeaderDigest => _login is null && Core.Parameters.HeaderDigest == DigestKind.Crc32C;

    private bool DataDigest => _login is null && Core.Parameters.DataDigest == DigestKind.Crc32C;

    /// <summary>Opens a link, if the way to the target is free.</summary>
    public void Connect() => World.OpenLink(this, OnUp, why => Lose(why));

    public void Close(InitiatorClose how)
    {
        if (_closed)
        {
            return;
        }

        if (how == InitiatorClose.InOrder && Link is { } link && !link.IsCut)
        {
            DropOutgoing();
            _finished = true;
            link.ToTarget.Finish();
            World.Timeline.After(_finWait, CloseNow);
            return;
        }

        CloseNow();
    }

    public void Flush()
    {
        if (_flushing || _closed || _finished || Link is not { } link)
        {
            return;
        }

        _flushing = true;
        while (!_closed && SendOne(link))
        {
            // as much as there is room for
        }

        _flushing = false;
    }

    private void OnUp(Link link)
    {
        if (_closed)
        {
            link.AbortByInitiator();
            return;
        }

        Link = link;
        link.InitiatorLost = why => Lose(why);
        link.ToInitiator.Arrived = OnBytes;
        link.ToTarget.Drained = Flush;
        _login = new SimLogin(initiator, Core, link);
        initiator.Do((core, _, _) => InitiatorSession.OnTransportUp(Core));
        _login.Start();
    }

    private void Lose(string why)
    {
        if (!_closed)
        {
            if (_finished)
            {
                CloseNow(); // RFC 7143 §11.14: after the answer it is a success whatever comes
            }
            else
            {
                initiator.Do((core, now, effects) => core.Lose(Core, why, now, effects));
                BrokenRuleException.Unless(_closed, $"a lost connection is closed: c{Core.Cid}");
            }
        }
    }

    private void CloseNow()
    {
        if (!_closed)
        {
            _closed = true;
            initiator.Forget(this);
            DropOutgoing();
            _landing?.Drop();
            _landing = null;
            Link?.AbortByInitiator();
        }
    }

    private void DropOutgoing()
    {
        _batch?.Recycle();
        _batch = null;
        Core.TakeOutgoing(new PduBatch()).Recycle();
    }

    private bool SendOne(Link link)
    {
        if (_batch is null)
        {
            if (!Core.HasOutgoing)
            {
                return false;
            }

            BrokenRuleException.Unless(_login is null, $"nothing but the login goes out before it has ended: c{Core.Cid}");
            _batch = Core.TakeOutgoing(new PduBatch());
            _batch.Seal(HeaderDigest, DataDigest);
            _next = 0;
        }

        if (_next == _batch.Count)
        {
            PduBatch sent = _batch;
            _batch = null;
            sent.Recycle();
            return true;
        }

        if (!link.ToTarget.HasRoom)
        {
            return false;
        }

        int first = _next++ * PduBatch.MaxPiecesPerPdu;
        byte[] bytes = [.. _batch.Piece(first).Span, .. _batch.Piece(first + 1).Span, .. _batch.Piece(first + 2).Span];
        World.Trace.Add($"init    c{Core.Cid} -> {PduText.Of(bytes)}");
        World.CheckSent(Core, bytes);
        link.ToTarget.Write(Frame.Of(bytes, FrameLayout.Measure(bytes, HeaderDigest, DataDigest)));
        return true;
    }

    private void OnBytes(ReadOnlyMemory<byte> bytes)
    {
        if (_closed)
        {
            return;
        }

        if (bytes.IsEmpty)
        {
            Lose("the target has closed the connection");
            return;
        }

        if (_finished)
        {
            return;
        }

        _received.Append(bytes.Span);
        if (!_taking)
        {
            _taking = true;
            while (!_closed && !_finished && (_login is null ? TakePdu() : TakeLogin(_login)))
            {
                // one after the other
            }

            _taking = false;
        }
    }

    private bool TakeLogin(SimLogin login)
    {
        FrameProgress progress = FrameScanner.Scan(_received.Span, headerDigest: false, dataDigest: false, new FrameLimits(ConnectionParameters.DefaultMaxRecvDataSegmentLength, 0));
        if (progress.State != FrameState.Complete)
        {
            BrokenRuleException.Unless(progress.State == FrameState.NeedMore, $"the target logs in rightly: {progress.Check.Rule}");
            return false;
        }

        byte[] frame = _received.Span[..progress.Layout.TotalLength].ToArray();
        _received.Advance(frame.Length);
        if (login.Take(frame, progress.Layout.Data(frame)) is { } outcome)
        {
            _login = null;
            initiator.Do((core, now, effects) => core.OnLoggedIn(Core, outcome, now, effects));
        }

        return true;
    }

    private bool TakePdu()
    {
        if (_landing is { } landing)
        {
            if (!landing.Take(_received))
            {
                return false;
            }

            _landing = null;
            Deliver(landing);
            return true;
        }

        FrameLimits limits = new(Core.Parameters.MaxRecvDataSegmentLength, FrameLimits.AhsOfLongestCommand);
        FrameProgress progress = FrameScanner.Scan(_received.Span, HeaderDigest, DataDigest, limits);
        if (progress.State is FrameState.Refused or FrameState.HeaderSpoilt)
        {
            BrokenRuleException.Unless(progress.State == FrameState.HeaderSpoilt, $"the target keeps to the lengths it was told: {progress.Check.Rule}");
            Lose("header digest error");
            return false;
        }

        FrameLayout layout = progress.Layout;
        if (layout.TotalLength == 0 || _received.Length < layout.DataOffset)
        {
            return false;
        }

        if (!layout.CheckHeaderDigest(_received.Span))
        {
            Lose("header digest error");
            return false;
        }

        // Most data is received where it belongs, some beside it, as a shell would that has the whole PDU already.
        if (progress.State == FrameState.NeedMore && layout.DataLength == 0)
        {
            return false;
        }

        _spare = !_spare;
        byte[] header = layout.Header(_received.Span).ToArray();
        IDisposable? hold = null;
        Memory<byte> place = _spare || progress.State == FrameState.NeedMore ? initiator.Core.PlanLanding(Core, header, out hold) : default;
        bool inPlace = !place.IsEmpty;
        _received.Advance(layout.DataOffset);
        _landing = new SimLanding(header, layout, inPlace ? place : new byte[layout.DataLength], inPlace, hold);
        return true;
    }

    private void Deliver(SimLanding landing)
    {
        initiator.Do((core, now, effects) =>
        {
            if (landing.IsSpoilt)
            {
                core.OnSpoilt(Core, landing.Header, now, effects);
            }
            else
            {
                core.OnPdu(Core, landing.Header, landing.Place.Span, landing.IsInPlace, now, effects);
            }
        });
        landing.Drop();
    }
}
