using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Transport;
using Blockwire.Wire;

namespace Blockwire.Initiator;

/// <summary>
/// The life of one connection: TCP, login, then the full feature phase. One wake-up takes every complete PDU to the core, ends what has ended, and sends what follows in
/// one gather write.
/// </summary>
internal sealed class SessionLink(IscsiSession session, InitiatorConnection connection) : IDisposable
{
    private const int RoundsBeforeYield = 32;
    // PDUs in a row after which others go first: a window holds thousands of those without data.
    private const int PdusBeforeYield = 2048;
    private const int SmallestDirectReceive = 16 << 10;
    private const int TrailerBytes = 8;

    private readonly CancellationTokenSource _gone = new();
    private readonly byte[] _header = new byte[Bhs.Length + FrameLimits.AhsOfLongestCommand];
    private readonly byte[] _trailer = new byte[TrailerBytes];
    private PeerConnection? _peer;
    private LinkSender? _sender;
    private ITimer? _finWait;
    private string? _why;
    private int _pdusOfTurn;

    /// <summary>The connection of the core.</summary>
    public InitiatorConnection Connection => connection;

    /// <summary>The portal it leads to, once that is known.</summary>
    public PortalAddress? Portal { get; private set; }

    /// <summary>The address it comes from.</summary>
    public string? LocalAddress { get; private set; }

    /// <summary>What its login came to.</summary>
    public InitiatorLoginOutcome? Login { get; private set; }

    /// <summary>Begins; returns at once.</summary>
    public void Start() => _ = RunAsync();

    /// <summary>Sends what waits.</summary>
    public void Flush() => _sender?.Flush();

    /// <summary>Ends the connection, politely or not.</summary>
    public void Close(InitiatorClose how, string why)
    {
        _why ??= why;
        if (how == InitiatorClose.InOrder && _sender is { } sender)
        {
            // RFC 7143 §11.14: the target's FIN is waited for, but not for long.
            _finWait = session.Time.CreateTimer(static state => ((SessionLink)state!).Abort(), this, session.Options.FinWait, Timeout.InfiniteTimeSpan);
            sender.FinishWhenSent();
        }
        else
        {
            Abort();
        }
    }

    public void Dispose()
    {
        _finWait?.Dispose();
        _peer?.Dispose();
        _gone.Dispose();
    }

    private void Abort()
    {
        try
        {
            _gone.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself meanwhile.
        }

        _peer?.Abort();
    }

    private async Task RunAsync()
    {
        string why;
        try
        {
            why = await LogInAsync().ConfigureAwait(false) ? await ServeAsync().ConfigureAwait(false) : "";
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            why = gone is SocketException refused ? $"{Where()}: {refused.Message}" : $"{Where()}: it was closed";
            if (gone is SocketException { SocketErrorCode: var error })
            {
                session.OnNetworkError(error);
            }
        }
        catch (Exception defect)
        {
            why = $"a defect of the initiator: {defect.Message}";
            session.Log.LinkFailed(defect, Where());
        }

        session.Do((core, now, turn) => core.Lose(connection, _why ?? why, now, turn));
        _sender?.DropAll();
        session.RemoveLink(this);
        Dispose();
    }

    private string Where() => Portal is { } portal ? portal.ToString() : session.Options.Portals[0].ToString();

    private async Task<bool> LogInAsync()
    {
        PortalAddress portal = session.NextPortal(connection);
        for (int redirects = 0; ; redirects++)
        {
            Portal = portal;
            PeerConnection peer = await PortalConnector.ConnectAsync(portal.Host, portal.Port, session.Pool, session.Options.Tap, _gone.Token).ConfigureAwait(false);
            _peer = peer;
            _gone.Token.ThrowIfCancellationRequested();
            LocalAddress = peer.Local.ToString();
            LoginExchange exchange = new(session, connection, peer);
            LoginPlan? plan = null;
            session.Do((core, _, _) =>
            {
                InitiatorSession.OnTransportUp(connection);
                plan = session.PlanFor(connection);
            });
            InitiatorLoginStep step = await exchange.RunAsync(plan!, _gone.Token).ConfigureAwait(false);
            if (step.Outcome is { } outcome)
            {
                Login = outcome;
                peer.Window.Enlarge();
                _sender = new LinkSender(session, connection, peer);
                session.OnLoggedIn(this, outcome);
                return true;
            }

            InitiatorLoginFailure failure = step.Failure!;
            peer.Dispose();
            _peer = null;
            if (failure.Kind == LoginFailureKind.Redirected && !failure.Addresses.IsEmpty && redirects < IscsiSession.MostRedirects)
            {
                session.Log.Redirected(portal.ToString(), failure.Addresses[0].ToString());
                portal = failure.Addresses[0];
                session.OnRedirected(portal, failure.IsPermanentRedirect);
                continue;
            }

            string enough = failure.Kind == LoginFailureKind.Redirected && redirects == IscsiSession.MostRedirects ? $", and {redirects} redirects one behind the other have been followed; look at the portals that the target is told to send others to" : "";
            session.Do((core, now, turn) => core.OnLoginFailed(connection, failure with { Why = $"{portal}: {failure.Why}{enough}" }, now, turn));
            return false;
        }
    }

    // Ends with the reason.
    private async Task<string> ServeAsync()
    {
        ReceiveWindow window = _peer!.Window;
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
                    return $"{Where()}: the target closed the connection";
                }
            }

            FrameLayout? large = TakeWholePdus(window, headerDigest, dataDigest, limits);
            window.ExpectsLargePayload = large is not null;
            while (large is { } layout)
            {
                if (!await TakeLargePduAsync(window, layout).ConfigureAwait(false))
                {
                    return $"{Where()}: the target closed the connection inside a PDU";
                }

                large = TakeWholePdus(window, headerDigest, dataDigest, limits);
            }

            received = _pdusOfTurn >= PdusBeforeYield; // unread ones may be left
            if (received || rounds >= RoundsBeforeYield)
            {
                rounds = _pdusOfTurn = 0;
                await _peer!.YieldAsync().ConfigureAwait(false);
            }
        }
    }

    // Every PDU that lies in the window as a whole goes to the core. The layout of one whose data is to be received into its place comes back.
    private FrameLayout? TakeWholePdus(ReceiveWindow window, bool headerDigest, bool dataDigest, in FrameLimits limits)
    {
        FrameLayout? large = null;
        SessionTurn turn = session.BeginTurn();
        lock (session.Core.Gate)
        {
            TimeSpan now = session.Now;
            bool more = true;
            while (more)
            {
                ReadOnlySpan<byte> unread = window.Unread.Span;
                FrameProgress progress = FrameScanner.Scan(unread, headerDigest, dataDigest, limits);
                switch (progress.State)
                {
                    case FrameState.Complete:
                        more = TakePdu(unread, progress.Layout, now, turn);
                        window.Advance(progress.Layout.TotalLength);
                        more = more && ++_pdusOfTurn < PdusBeforeYield;
                        break;
                    case FrameState.NeedMore:
                        more = false;
                        large = IsLarge(progress, unread.Length, window.Capacity) ? progress.Layout : null;
                        break;
                    case FrameState.HeaderSpoilt:
                        session.Core.Lose(connection, "a header was spoilt on the way (RFC 7143 §7.8)", now, turn);
                        more = false;
                        break;
                    default:
                        session.Core.Lose(connection, $"the target broke a rule: RFC {progress.Check.Rule}", now, turn);
                        more = false;
                        break;
                }
            }

            session.Arm();
        }

        session.EndTurn(turn);
        return large;
    }

    private bool TakePdu(ReadOnlySpan<byte> frame, in FrameLayout layout, TimeSpan now, SessionTurn turn)
    {
        if (!layout.CheckHeaderDigest(frame))
        {
            // RFC 7143 §7.8: nobody knows where the next PDU begins.
            session.Core.Lose(connection, "a header was spoilt on the way (RFC 7143 §7.8)", now, turn);
            return false;
        }

        if (layout.CheckDataDigest(frame))
        {
            session.Core.OnPdu(connection, frame[..Bhs.Length], layout.Data(frame), landed: false, now, turn);
        }
        else
        {
            session.Core.OnSpoilt(connection, frame[..Bhs.Length], now, turn);
        }

        return true;
    }

    private static bool IsLarge(in FrameProgress progress, int unread, int capacity) =>
        progress.Layout.TotalLength > 0
        && unread >= progress.Layout.DataOffset
        && (progress.MissingBytes >= SmallestDirectReceive || progress.Layout.TotalLength > capacity);

    // False when the target closes inside the PDU.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TakeLargePduAsync(ReceiveWindow window, FrameLayout layout)
    {
        int headerLength = Bhs.Length + layout.AhsLength;
        window.Unread.Span[..headerLength].CopyTo(_header);
        if (!layout.CheckHeaderDigest(window.Unread.Span))
        {
            session.Do((core, now, turn) => core.Lose(connection, "a header was spoilt on the way (RFC 7143 §7.8)", now, turn));
            return false;
        }

        window.Advance(layout.DataOffset);
        Memory<byte> landing;
        IDisposable? hold;
        lock (session.Core.Gate)
        {
            landing = session.Core.PlanLanding(connection, _header.AsSpan(0, Bhs.Length), out hold);
        }

        IMemoryOwner<byte>? owner = landing.IsEmpty ? session.Pool.Rent(layout.DataLength) : null;
        try
        {
            Memory<byte> place = owner is null ? landing : owner.Memory[..layout.DataLength];
            Memory<byte> trailer = _trailer.AsMemory(0, layout.TotalLength - layout.DataOffset - layout.DataLength);
            if (!await window.ReceiveExactlyAsync(place, CancellationToken.None).ConfigureAwait(false)
                || !await window.ReceiveExactlyAsync(trailer, CancellationToken.None).ConfigureAwait(false))
            {
                return false;
            }

            bool isIntact = !layout.HasDataDigest || IsIntact(place.Span, trailer.Span);
            SessionTurn turn = session.BeginTurn();
            lock (session.Core.Gate)
            {
                if (isIntact)
                {
                    session.Core.OnPdu(connection, _header.AsSpan(0, Bhs.Length), place.Span, landed: owner is null, session.Now, turn);
                }
                else
                {
                    session.Core.OnSpoilt(connection, _header.AsSpan(0, Bhs.Length), session.Now, turn);
                }

                session.Arm();
            }

            hold?.Dispose();
            hold = null;
            session.EndTurn(turn);
            return true;
        }
        finally
        {
            hold?.Dispose();
            owner?.Dispose();
        }
    }

    // The trailer is padding, then the digest over data and padding (RFC 7143 §11.2.4).
    private static bool IsIntact(ReadOnlySpan<byte> data, ReadOnlySpan<byte> trailer) =>
        Digest.Check(trailer[^Digest.Length..], Crc32C.Append(Crc32C.Compute(data), trailer[..^Digest.Length]));
}
