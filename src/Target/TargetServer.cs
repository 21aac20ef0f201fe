using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Session;
using Blockwire.Scsi;
using Blockwire.Storage;
using Blockwire.Transport;
using Microsoft.Extensions.Logging;

namespace Blockwire.Target;

/// <summary>An iSCSI target: listens on portals, lets initiators in, and serves logical units to them.</summary>
/// <remarks>Safe to use from any thread. Devices of the logical units belong to the caller, who disposes them after the server.</remarks>
public sealed class TargetServer : IAsyncDisposable
{
    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _acceptRetry = TimeSpan.FromMilliseconds(100);

    private readonly ServerContext _server;
    private readonly TargetRegistry _registry;
    private readonly ConcurrentDictionary<ConnectionLoop, Task> _loops = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _over = new();
    private readonly List<PortalListener> _listeners = [];
    private readonly List<Task> _accepting = [];
    private Task _ticking = Task.CompletedTask;
    private int _ticks;

    /// <summary>Prepares a server; nothing is opened yet.</summary>
    /// <exception cref="ArgumentException">No portal, two targets of one name, or a state for a portal group that no portal has.</exception>
    /// <exception cref="ChapOptionsException">CHAP cannot be used as it is set.</exception>
    public TargetServer(TargetServerOptions options, ILogger logger, TimeProvider? time = null)
    {
        if (options.Portals.Count == 0)
        {
            throw new ArgumentException("a server needs at least one portal", nameof(options));
        }

        _server = new ServerContext(options, logger, time ?? TimeProvider.System);
        foreach (string warning in ChapReview.Examine(options.ChapScopes))
        {
            _server.Log.WeakChap(warning);
        }

        _registry = new TargetRegistry(_server, options.Targets);
    }

    /// <summary>The addresses that it listens on, in the order of the options, with picked ports filled in.</summary>
    public IReadOnlyList<IPEndPoint> Portals => [.. _listeners.Select(listener => listener.EndPoint)];

    /// <summary>Counters.</summary>
    public TargetStatistics Statistics => _server.Statistics;

    /// <summary>
    /// Asks the initiator of every connection of a normal session to negotiate (RFC 7143 §11.9.1 event 4). In the full feature phase it can declare a new
    /// MaxRecvDataSegmentLength, which holds from the end of the negotiation on. A connection without a Text or Logout Request in time is closed.
    /// </summary>
    /// <param name="within">Time that they have, told in whole seconds; up to 65535 of them.</param>
    /// <returns>How many connections were asked: not those that negotiate already, nor those that are being logged out.</returns>
    public int RequestNegotiation(TimeSpan within)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(within, TimeSpan.Zero);
        int asked = 0;
        foreach (ServedSession session in _registry.Targets.SelectMany(static node => node.Sessions))
        {
            session.Do((core, _) => asked += core.Connections.Count(connection => core.RequestNegotiation(connection, within, _server.Now)));
        }

        return asked;
    }

    /// <summary>
    /// Reports a SCSI event of a logical unit to every session of the targets that offer it (RFC 7143 §11.9.1 event 0). The server sends none of its own accord: SPC-4 made
    /// asynchronous event reporting obsolete and tells of changes by unit attentions, which this does not establish. It is for programs whose initiators expect it;
    /// others ignore what they do not know.
    /// </summary>
    /// <param name="unit">A logical unit of this server.</param>
    /// <param name="sense">What happened. It is sent in the format that the unit uses, fixed or descriptor (D_SENSE).</param>
    /// <returns>How many sessions were told.</returns>
    public int ReportScsiEvent(Blockwire.Scsi.Device.LogicalUnit unit, in SenseData sense)
    {
        byte[] bytes = new byte[SenseData.MaxLength];
        ReadOnlyMemory<byte> written = bytes.AsMemory(0, sense.Write(bytes, unit.DescriptorSense));
        int told = 0;
        foreach (ServedSession session in _registry.Targets.Where(node => node.Device.Units.Contains(unit)).SelectMany(static node => node.Sessions))
        {
            session.Do((core, turn) => told += core.ReportScsiEvent(unit.Lun, written.Span, turn) ? 1 : 0);
        }

        return told;
    }

    /// <summary>
    /// Puts a portal group of a target in another asymmetric access state: initiators with several paths move their load (SPC-4 §5.11). They hear of it by a unit attention.
    /// Commands that run go on; connections stay.
    /// </summary>
    /// <param name="targetName">Name of the target.</param>
    /// <param name="portalGroupTag">The portal group.</param>
    /// <param name="state">Its state from now on; every one but logical block dependent.</param>
    /// <param name="preferred">Would the target like initiators to use it? Null leaves that as it is.</param>
    /// <exception cref="ArgumentException">There is no such target or group, or no such state.</exception>
    public void SetAccessState(string targetName, ushort portalGroupTag, AccessState state, bool? preferred = null)
    {
        TargetNode node = _registry.Find(targetName) ?? throw new ArgumentException($"no target is named {targetName}", nameof(targetName));
        node.Device.SetAccessState(portalGroupTag, state, preferred);
        _server.Log.AccessStateSet(targetName, portalGroupTag, AccessStates.Name(state));
    }

    /// <summary>
    /// Offers one more logical unit at a target from now on. Its initiators hear by unit attentions that the list of logical units has changed (SPC-4 §6.33).
    /// </summary>
    /// <param name="target">Name of a target of this server.</param>
    /// <param name="unit">The unit; its disk belongs to the caller, who closes it after the server, or after <see cref="RemoveUnit"/>.</param>
    /// <exception cref="ArgumentException">There is no such target, or it has a unit with that number.</exception>
    public void AddUnit(string target, Blockwire.Scsi.Device.LogicalUnit unit) => NodeOf(target).Device.AddUnit(unit);

    /// <summary>
    /// Takes a logical unit away from a target. New commands for it end with LOGICAL UNIT NOT SUPPORTED; those that run are done when the disk has done them, and end with
    /// NOT READY when the caller closes the disk before. The initiators hear by unit attentions at the other units that the list has changed.
    /// </summary>
    /// <param name="target">Name of a target of this server.</param>
    /// <param name="number">Logical unit number.</param>
    /// <returns>The unit; null when the target has none with that number.</returns>
    /// <exception cref="ArgumentException">There is no such target.</exception>
    public Blockwire.Scsi.Device.LogicalUnit? RemoveUnit(string target, uint number) => NodeOf(target).Device.RemoveUnit(number);

    /// <summary>
    /// Changes the medium of a logical unit whose medium is removable, as an operator at the drive would. Its initiators hear by unit attentions that the medium may have changed;
    /// commands that run go on with the old one, and end with NOT READY when the caller closes it.
    /// </summary>
    /// <param name="target">Name of a target of this server.</param>
    /// <param name="unit">One of its units.</param>
    /// <param name="medium">
    /// The new medium, of the same kind (<see cref="Blockwire.Scsi.Device.LogicalUnit.Accepts"/>); it belongs to the caller, who closes it after the server or after the next change.
    /// Null leaves the drive empty.
    /// </param>
    /// <returns>False while an initiator prevents the removal: nothing has changed.</returns>
    /// <exception cref="ArgumentException">There is no such target, or the unit does not accept the medium.</exception>
    public bool TryChangeMedium(string target, Blockwire.Scsi.Device.LogicalUnit unit, IBlockDevice? medium) => NodeOf(target).Device.TryChangeMedium(unit, medium);

    /// <summary>Opens every portal. When one cannot be opened, none stays open.</summary>
    /// <exception cref="PortalException">A portal cannot be opened.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<PortalOptions> bound = [];
        foreach (PortalOptions portal in _server.Options.Portals)
        {
            try
            {
                PortalListener listener = PortalListener.Listen(portal.EndPoint, _server.Pool, _server.Options.Tap);
                _listeners.Add(listener);
                bound.Add(portal with { EndPoint = listener.EndPoint });
            }
            catch (SocketException cause)
            {
                _listeners.ForEach(static listener => listener.Dispose());
                _listeners.Clear();
                throw new PortalException(portal.EndPoint, cause);
            }
        }

        _server.BoundPortals = bound;
        for (int i = 0; i < _listeners.Count; i++)
        {
            _server.Log.Listening(bound[i].EndPoint, bound[i].PortalGroupTag);
            _accepting.Add(AcceptAsync(_listeners[i], bound[i].PortalGroupTag));
        }

        _ticking = TickAsync();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Stops: no new connections; every initiator is asked to log out (RFC 7143 §11.9.1) and has <paramref name="drain"/> to do so; what is left is told that
    /// its session is dropped, and closed; every logical unit is flushed.
    /// </summary>
    public async Task StopAsync(TimeSpan drain)
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        _listeners.ForEach(static listener => listener.Dispose());
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        foreach (ServedSession session in _registry.All.SelectMany(static node => node.Sessions))
        {
            session.Do((core, turn) => core.RequestLogout(drain, turn));
        }

        foreach (ConnectionLoop loop in _loops.Keys.Where(static loop => loop.InLogin))
        {
            loop.RequestClose(CloseKind.Now, "the server stops");
        }

        await WaitForLoopsAsync(drain).ConfigureAwait(false);
        foreach (TargetNode node in _registry.All)
        {
            node.CloseEverything("the server stops");
        }

        await WaitForLoopsAsync(TimeSpan.FromMilliseconds(250)).ConfigureAwait(false);
        foreach (ConnectionLoop loop in _loops.Keys)
        {
            loop.RequestClose(CloseKind.Now, "the server stops");
        }

        await WaitForLoopsAsync(_server.Options.CloseTimeout).ConfigureAwait(false);
        await _over.CancelAsync().ConfigureAwait(false);
        await _ticking.ConfigureAwait(false);
        await FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        _stopping.Dispose();
        _over.Dispose();
        _server.Pool.Dispose();
    }

    private TargetNode NodeOf(string target) =>
        _registry.Find(target) ?? throw new ArgumentException($"there is no target {target}", nameof(target));

    private async Task AcceptAsync(PortalListener listener, ushort portalGroupTag)
    {
        while (!_stopping.IsCancellationRequested)
        {
            PeerConnection? peer;
            try
            {
                peer = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (SocketException shortage)
            {
                _server.Log.AcceptFailed(listener.EndPoint, shortage.Message);
                await Task.Delay(_acceptRetry, _server.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            if (peer is null)
            {
                return;
            }

            Welcome(peer, portalGroupTag);
        }
    }

    private void Welcome(PeerConnection peer, ushort portalGroupTag)
    {
        _server.Statistics.CountConnection();
        if (_server.LoginsInProgress >= _server.Options.MaxLoginsInProgress)
        {
            _server.Log.TooManyLogins(peer.Remote, _server.LoginsInProgress);
            peer.Dispose();
            return;
        }

        ConnectionLoop loop = new(_server, _registry, portalGroupTag, peer);
        TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _loops[loop] = over.Task;
        _ = RunAsync(loop, over);
    }

    // Its first wait may complete at once; the accept loop must not be held up by what follows.
    private async Task RunAsync(ConnectionLoop loop, TaskCompletionSource over)
    {
        await Task.Yield();
        await loop.RunAsync().ConfigureAwait(false);
        _loops.TryRemove(loop, out _);
        over.SetResult();
    }

    private async Task TickAsync()
    {
        using PeriodicTimer timer = new(_tick, _server.Time);
        while (await NextTickAsync(timer).ConfigureAwait(false))
        {
            try
            {
                Tick();
            }
            catch (Exception defect)
            {
                _server.Log.TickFailed(defect);
            }
        }
    }

    // Ticks go on until the last connection is gone: closing connections have deadlines too.
    private async ValueTask<bool> NextTickAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Tick()
    {
        TimeSpan now = _server.Now;
        foreach ((ConnectionLoop loop, _) in _loops) // not Keys, which would copy thousands of them
        {
            loop.OnTick(now);
        }

        foreach (ServedSession session in _registry.All.SelectMany(static node => node.Sessions))
        {
            try
            {
                session.Tick(now);
            }
            catch (Exception defect)
            {
                _server.Log.SessionDefect(defect, session.Core.Tsih, session.InitiatorName); // the others must have their ticks
                session.Break();
            }
        }

        GiveUpSurplus();
        if (++_ticks % 30 == 0)
        {
            _server.Pool.Trim();
        }
    }

    // Initiators that are gone must not keep memory or handles from those that are there. The initiator with the most sessions loses its oldest first.
    private void GiveUpSurplus()
    {
        ServedSession[] failed = [.. _registry.All.SelectMany(static node => node.Sessions).Where(static session => session.FailedAt is not null)];
        int surplus = Math.Max(failed.Length - _server.Options.MaxFailedSessions, 0);
        if (failed.Length == 0 || (surplus == 0 && !failed[0].MemoryIsTight))
        {
            return;
        }

        IEnumerable<ServedSession> order = failed
            .GroupBy(static session => session.InitiatorName)
            .SelectMany(static group => group.OrderByDescending(static session => session.FailedAt).Select(static (session, newer) => (session, newer)))
            .OrderByDescending(static it => it.newer)
            .ThenBy(static it => it.session.FailedAt)
            .Select(static it => it.session);
        foreach (ServedSession session in order)
        {
            if (surplus-- <= 0 && !session.MemoryIsTight)
            {
                return;
            }

            _server.Log.SessionGivenUp();
            session.Do(static (core, turn) => core.GiveUp(turn));
        }
    }

    private async Task WaitForLoopsAsync(TimeSpan patience)
    {
        Task all = Task.WhenAll(_loops.Values);
        try
        {
            await all.WaitAsync(patience, _server.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Those that are left are dealt with more firmly.
        }
    }

    private async Task FlushAsync()
    {
        foreach (TargetNode node in _registry.Targets)
        {
            foreach (Blockwire.Scsi.Device.LogicalUnit unit in node.Device.Units)
            {
                IoStatus status = await unit.Device.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                if (status != IoStatus.Ok)
                {
                    _server.Log.FlushFailed(unit.Number, node.Name, status.ToString());
                }
            }
        }
    }
}
