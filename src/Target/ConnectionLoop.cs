using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Text;
using Blockwire.Transport;
using Blockwire.Wire;

namespace Blockwire.Target;

/// <summary>
/// The life of one connection: login, then the full feature phase. One wake-up takes every complete PDU to the core, carries out what the core asked for and
/// sends the answers in one gather write.
/// </summary>
internal sealed class ConnectionLoop(ServerContext server, TargetRegistry registry, ushort portalGroupTag, PeerConnection peer)
{
    // Wake-ups in a row without waiting after which the thread is given back, so that one busy initiator cannot keep it from others.
    private const int RoundsBeforeYield = 32;
    // The same for PDUs: a wide window holds thousands of those without data.
    private const int PdusBeforeYield = 2048;
    // What is missing of a PDU that fits the window is received into it when it is less than this: a place of its own costs more than a copy.
    private const int SmallestDirectReceive = 16 << 10;
    private const int NotesPerSecond = 10;
    private const int TrailerBytes = 8;

    private readonly byte[] _header = new byte[Bhs.Length + FrameLimits.AhsOfLongestCommand];
    private readonly byte[] _trailer = new byte[TrailerBytes];
    private readonly TimeSpan _connectedAt = server.Now;
    private ServedSession? _session;
    private TargetConnection? _connection;
    private ConnectionSender? _sender;
    private StreamedWrites? _streamed;
    private FlushObserver? _flushObserver;
    private long _closeByTicks; // of the server's clock; 0: nobody asked for the end
    private string? _why;
    private int _pdusOfTurn;
    private long _noteSecond;
    private int _notes;

    /// <summary>The login is still going on.</summary>
    public bool InLogin => _session is null;

    /// <summary>Nothing in this program reads the data that is sent (<see cref="PeerConnection.SendsInPlace"/>).</summary>
    public bool SendsInPlace => peer.SendsInPlace;

    /// <summary>Runs until the connection is over.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (await LogInAsync().ConfigureAwait(false))
            {
                await ServeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            _why ??= "the connection was lost";
        }
        catch (Exception defect)
        {
            _why = "failed inside the server";
            server.Log.ConnectionFailed(defect, peer.Remote);
        }
        finally
        {
            Leave(_why ?? "closed by the initiator");
        }
    }

    /// <summary>Looks at the clock for what is the shell's: logins and closes that take too long, buffers of connections that are silent.</summary>
    public void OnTick(TimeSpan now)
    {
        peer.Window.RestIfSilent();
        if (InLogin && now - _connectedAt > server.Options.LoginTimeout)
        {
            _why ??= "the login took too long";
            peer.Abort();
        }
        else if (Volatile.Read(ref _closeByTicks) is > 0 and long closeBy && now.Ticks > closeBy)
        {
            peer.Abort();
        }
    }

    /// <summary>Ends the connection, politely or not.</summary>
    public void RequestClose(CloseKind kind, string why)
    {
        _why ??= why;

        // A login that was let in is answered before its connection is closed, whatever befalls the session meanwhile.
        if (_sender is null || (_sender.IsOpen && (kind == CloseKind.Now || (kind == CloseKind.WithoutFlush && _sender.IsSending))))
        {
            peer.Abort();
            return;
        }

        Volatile.Write(ref _closeByTicks, Math.Max(1, (server.Now + server.Options.CloseTimeout).Ticks));
        _sender.CloseWhenDrained();
    }

    /// <summary>Gives up room that a quiet connection does not need. Called under the core's lock.</summary>
    public void Rest() => _sender?.Rest();

    /// <summary>Sends what waits, without waiting for it.</summary>
    public void FlushInBackground()
    {
        // What this thread has queued it sees without the lock; what another has queued is the other's to send.
        if (_sender is { NeedsFlush: true } sender)
        {
            FlushObserver observer = Interlocked.Exchange(ref _flushObserver, null) ?? new FlushObserver(this);
            observer.Observe(sender.FlushAsync());
        }
    }

    /// <summary>A flush in the background is over.</summary>
    public void OnFlushed(FlushObserver observer, Exception? defect)
    {
        Volatile.Write(ref _flushObserver, observer);
        if (defect is not null)
        {
            server.Log.ConnectionFailed(defect, peer.Remote);
            peer.Abort();
        }
    }

    /// <summary>Counts a broken rule, and writes a line unless the peer has had its share for this second.</summary>
    public void Note(in Deviation deviation)
    {
        server.Statistics.CountDeviation();
        long second = (long)server.Now.TotalSeconds;
        if (second != _noteSecond)
        {
            if (_notes > NotesPerSecond)
            {
                server.Log.DeviationsSuppressed(peer.Remote, _notes - NotesPerSecond);
            }

            _noteSecond = second;
            _notes = 0;
        }

        if (++_notes <= NotesPerSecond)
        {
            server.Log.Deviation(peer.Remote, deviation.Action.ToString(), deviation.Rule);
        }
    }

    private async Task<bool> LogInAsync()
    {
        LoginDirectory directory = new(server, registry, portalGroupTag, peer.Local);
        LoginPhase phase = new(server, peer, directory, admitted => Enter((ServedSession)admitted.Admitted!, admitted, directory));
        LoginOutcome? outcome;
        server.CountLogin(1);
        try
        {
            outcome = await phase.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            server.CountLogin(-1);
        }

        if (outcome is null)
        {
            _why ??= phase.Why;
            return false;
        }

        peer.Window.Enlarge();
        _sender!.Open();
        FlushInBackground();
        return true;
    }

    private bool Enter(ServedSession session, LoginOutcome outcome, LoginDirectory directory)
    {
        TargetTextExchange text = new(new TextSessionFacts(outcome.SessionType, outcome.TargetName), directory, TextLimits.Default);
        bool entered = false;
        session.Do((core, turn) => entered = EnterLocked(session, outcome, directory, text, turn));
        if (!entered)
        {
            return false;
        }

        if (outcome.IsLeading)
        {
            server.Log.SessionOpened(outcome.Tsih, outcome.InitiatorName, session.Node.Name, outcome.SessionType.ToString(), peer.Remote);
        }
        else
        {
            server.Log.ConnectionJoined(outcome.Tsih, outcome.Cid, outcome.InitiatorName, peer.Remote);
        }

        return true;
    }

    private bool EnterLocked(ServedSession session, LoginOutcome outcome, LoginDirectory directory, TargetTextExchange text, Turn turn)
    {
        if (session.Core.Ended || session.Core.IsClosing)
        {
            _why = "the session ended during the login";
            return false;
        }

        if (!session.LeaveSeat(outcome.Cid, directory))
        {
            _why = "a later login took its place";
            return false;
        }

        TargetConnection connection = session.Core.AddConnection(outcome.Cid, outcome.ConnectionParameters, outcome.NextStatSN, text, server.Now, turn);
        connection.Shell = this;
        _connection = connection;
        _sender = new ConnectionSender(session, connection, peer);
        session.Add(this);
        _session = session;
        return true;
    }

    private async Task ServeAsync()
    {
        TargetConnection connection = _connection!;
        ConnectionSender sender = _sender!;
        ReceiveWindow window = peer.Window;
        _streamed = new StreamedWrites(window, _session!.Pool);
        bool headerDigest = connection.Parameters.HeaderDigest == DigestKind.Crc32C;
        bool dataDigest = connection.Parameters.DataDigest == DigestKind.Crc32C;
        FrameLimits limits = new(connection.Parameters.MaxRecvDataSegmentLength, FrameLimits.AhsOfLongestCommand);
        bool received = window.Unread.Length > 0;
        int rounds = 0;
        while (true)
        {
            if (!received)
            {
                ValueTask<bool> receive = window.ReceiveAsync(CancellationToken.None);
                if (receive.IsCompleted)
                {
                    rounds++;
                }
                else
                {
                    rounds = _pdusOfTurn = 0;
                }

                if (!await receive.ConfigureAwait(false))
                {
                    return;
                }
            }

            FrameLayout? large = TakeWholePdus(headerDigest, dataDigest, limits);
            while (large is { } layout)
            {
                if (!await TakeLargePduAsync(layout).ConfigureAwait(false))
                {
                    return;
                }

                large = TakeWholePdus(headerDigest, dataDigest, limits);
            }

            // Receiving goes on while a slow peer takes its answers: an initiator may be busy sending data before it reads again. Only a long queue stops it.
            // What came here may have let go of commands that came by other connections, so all are looked at.
            _session!.Flush();
            await sender.WaitForRoomAsync().ConfigureAwait(false);
            received = _pdusOfTurn >= PdusBeforeYield; // unread ones may be left
            if (received || rounds >= RoundsBeforeYield)
            {
                rounds = _pdusOfTurn = 0;
                await peer.YieldAsync().ConfigureAwait(false);
            }
        }
    }

    // Every PDU that lies in the window as a whole goes to the core. The layout of one whose data should be received into a place of its own comes back.
    private FrameLayout? TakeWholePdus(bool headerDigest, bool dataDigest, in FrameLimits limits)
    {
        ServedSession session = _session!;
        TargetConnection connection = _connection!;
        ReceiveWindow window = peer.Window;
        FrameLayout? large = null;
        Turn turn = Turn.Rent(session);
        lock (session.Core.Gate)
        {
            TimeSpan now = server.Now;
            bool more = connection.State != ConnectionState.Free;
            if (!more)
            {
                window.Advance(window.Unread.Length); // after its end nothing is looked at, only the peer's FIN is waited for
            }

            while (more)
            {
                ReadOnlyMemory<byte> unread = window.Unread;
                FrameProgress progress = FrameScanner.Scan(unread.Span, headerDigest, dataDigest, limits);
                switch (progress.State)
                {
                    case FrameState.Complete:
                        _streamed!.Expect(unread.Span, progress.Layout);
                        more = TakePdu(session.Core, connection, unread, progress.Layout, now, turn);
                        window.Advance(progress.Layout.TotalLength);
                        more = more && ++_pdusOfTurn < PdusBeforeYield;
                        break;
                    case FrameState.NeedMore:
                        more = false;
                        large = IsLarge(progress, unread.Length, window.Capacity) ? progress.Layout : null;
                        break;
                    case FrameState.HeaderSpoilt:
                        TargetSession.OnHeaderDigestError(connection, turn);
                        more = false;
                        break;
                    default:
                        session.Core.OnUnreadable(connection, progress.Check.Rule, turn);
                        more = false;
                        break;
                }
            }
        }

        turn.RunAndReturn();
        return large;
    }

    private static bool TakePdu(TargetSession core, TargetConnection connection, ReadOnlyMemory<byte> frame, in FrameLayout layout, TimeSpan now, Turn turn)
    {
        ReadOnlySpan<byte> bytes = frame.Span;
        if (!layout.CheckHeaderDigest(bytes))
        {
            TargetSession.OnHeaderDigestError(connection, turn);
            return false;
        }

        DataSegment data = DataSegment.Borrowed(frame.Slice(layout.DataOffset, layout.DataLength), !layout.CheckDataDigest(bytes));
        core.OnPdu(connection, layout.Header(bytes), ref data, now, turn);
        data.Release();
        return true;
    }

    private static bool IsLarge(in FrameProgress progress, int unread, int capacity) =>
        progress.Layout.TotalLength > 0
        && unread >= progress.Layout.DataOffset
        && (progress.MissingBytes >= SmallestDirectReceive || progress.Layout.TotalLength > capacity);

    // False when the peer closes inside the PDU.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TakeLargePduAsync(FrameLayout layout)
    {
        ServedSession session = _session!;
        TargetConnection connection = _connection!;
        ReceiveWindow window = peer.Window;
        int headerLength = Bhs.Length + layout.AhsLength;
        window.Unread.Span[..headerLength].CopyTo(_header);
        if (!layout.CheckHeaderDigest(window.Unread.Span))
        {
            session.Do((_, turn) => TargetSession.OnHeaderDigestError(connection, turn));
            return false;
        }

        window.Advance(layout.DataOffset);
        if (_streamed!.TryBegin(_header.AsSpan(0, headerLength), layout) is { } payload)
        {
            return TakeStreamed(headerLength, payload);
        }

        Memory<byte> landing;
        lock (session.Core.Gate)
        {
            landing = session.Core.PlanLanding(connection, _header.AsSpan(0, headerLength), layout.DataLength);
        }

        IMemoryOwner<byte>? owner = landing.IsEmpty ? session.Pool.Rent(layout.DataLength) : null;
        DataSegment data = default;
        try
        {
            Memory<byte> place = owner is null ? landing : owner.Memory[..layout.DataLength];
            Memory<byte> trailer = _trailer.AsMemory(0, layout.TotalLength - layout.DataOffset - layout.DataLength);
            if (!await window.ReceiveExactlyAsync(place, CancellationToken.None).ConfigureAwait(false)
                || !await window.ReceiveExactlyAsync(trailer, CancellationToken.None).ConfigureAwait(false))
            {
                return false;
            }

            bool digestError = layout.HasDataDigest && !IsIntact(place.Span, trailer.Span);
            data = owner is null ? DataSegment.InPlace(place, digestError) : DataSegment.Staged(place, owner, digestError);
            owner = null;
            TakeOne(headerLength, ref data);
            return true;
        }
        finally
        {
            owner?.Dispose();
            data.Release();
        }
    }

    private bool TakeStreamed(int headerLength, StreamedPayload payload)
    {
        DataSegment data = DataSegment.Unfetched(payload.Memory, payload);
        bool isThere = false;
        try
        {
            TakeOne(headerLength, ref data);
        }
        finally
        {
            data.Release();
            isThere = _streamed!.TryEnd(payload);
        }

        return isThere;
    }

    private void TakeOne(int headerLength, ref DataSegment data)
    {
        Turn turn = Turn.Rent(_session!);
        lock (_session!.Core.Gate)
        {
            _session.Core.OnPdu(_connection!, _header.AsSpan(0, headerLength), ref data, server.Now, turn);
        }

        turn.RunAndReturn();
    }

    // The trailer is padding, then the digest over data and padding (RFC 7143 §11.2.4).
    private static bool IsIntact(ReadOnlySpan<byte> data, ReadOnlySpan<byte> trailer) =>
        Digest.Check(trailer[^Digest.Length..], Crc32C.Append(Crc32C.Compute(data), trailer[..^Digest.Length]));

    private void Leave(string why)
    {
        if (_session is { } session && _connection is { } connection)
        {
            try
            {
                session.Do((core, turn) =>
                {
                    session.Remove(this);
                    core.ConnectionLost(connection, why, server.Now, turn);
                    core.DropOutgoing(connection, turn);
                });
            }
            catch (Exception defect)
            {
                // A core that has failed before may fail again; the connection goes all the same.
                server.Log.ConnectionFailed(defect, peer.Remote);
            }
        }

        peer.Dispose();
        server.Log.ConnectionClosed(peer.Remote, why);
    }
}
