using System.Collections.Immutable;
using System.Net.Sockets;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Scsi;
using Blockwire.Transport;
using Blockwire.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Blockwire.Initiator;

/// <summary>
/// A session with one target portal group: 1 to 32 connections, kept up through whatever happens to them (RFC 7143 §7). Safe for use by several threads at once.
/// </summary>
/// <remarks>
/// There is no thread for a connection: what arrives is dealt with where its receive completed. The rules are in <see cref="InitiatorSession"/>; this is its shell.
/// </remarks>
public sealed partial class IscsiSession : IAsyncDisposable
{
    /// <summary>Login redirects that are followed one behind the other.</summary>
    public const int MostRedirects = 5;

    private const int MostSpareTasks = 1024;

    [ThreadStatic]
    private static IscsiSession? _receiving;

    private readonly long _start;
    private readonly Stack<ScsiTask> _spare = new();
    private readonly Lock _spareGate = new();
    private readonly Queue<InitiatorNotice> _untold = new();
    private bool _telling;
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private SessionLink[] _links = [];
    private TimeSpan _armed = TimeSpan.MaxValue;
    private ImmutableArray<PortalAddress> _portals;
    private int _nextPortal;
    private PortalAddress? _leadingPortal;
    private ushort? _portalGroupTag;
    private string _lastFailure = "";
    private InitiatorLoginFailure? _loginFailure;
    private SocketError? _networkError;

    private IscsiSession(IscsiSessionOptions options, ILogger? logger, TimeProvider? time)
    {
        Options = options with { Offers = options.Offers with { MaxConnections = options.IsDiscovery ? 1 : Math.Max(options.Offers.MaxConnections, options.Session.Connections) } };
        Log = new SessionLog(logger ?? NullLogger.Instance);
        Time = time ?? TimeProvider.System;
        _start = Time.GetTimestamp();
        _portals = options.Portals;

        // A discovery session takes Text and Logout Requests alone (RFC 7143 §4.3), so that it is not asked for signs of life.
        Core = new InitiatorSession(options.IsDiscovery ? options.Session with { PingAfter = Timeout.InfiniteTimeSpan } : options.Session, new Serial32(1));
        _timer = Time.CreateTimer(static state => ((IscsiSession)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Something happened to the session or its connections. Handlers are called one at a time, in the order of what happened, on any thread, and must not block. What one
    /// throws is logged and does the session no harm.
    /// </summary>
    public event EventHandler<SessionNoticeEventArgs>? Noticed;

    /// <summary>What it was opened with.</summary>
    public IscsiSessionOptions Options { get; }

    /// <summary>What was negotiated for the session; what was negotiated last while it is lost.</summary>
    public SessionParameters Parameters => Core.Parameters;

    /// <summary>TSIH that the target gave; 0 while there is no session.</summary>
    public ushort Tsih => Core.Tsih;

    /// <summary>It is closed, or given up for good.</summary>
    public bool IsOver => Core.IsOver;

    /// <summary>Ends when the session is over.</summary>
    public Task Completion => _over.Task;

    /// <summary>The connections that are in use, each with what its login came to.</summary>
    public IReadOnlyList<ConnectionInfo> Connections =>
        [.. Volatile.Read(ref _links).Where(static link => link is { Login: not null, Connection.IsOpen: true }).Select(static link => new ConnectionInfo(link.Connection.Cid, link.Portal!.Value, link.LocalAddress!, link.Login!))];

    internal InitiatorSession Core { get; }

    internal SessionLog Log { get; }

    internal TimeProvider Time { get; }

    internal BlockPool Pool { get; } = new();

    internal TimeSpan Now => Time.GetElapsedTime(_start);

    internal bool CompletesInline => Options.CompletesInline;

    /// <summary>Opens a session: connects, logs in, and opens the further connections that were asked for, as far as the target grants them.</summary>
    /// <param name="options">Where, who and how.</param>
    /// <param name="logger">Hears of what goes wrong; null for nobody.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LoginFailedException">No session came about.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<IscsiSession> OpenAsync(IscsiSessionOptions options, ILogger? logger = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Portals.IsDefaultOrEmpty)
        {
            throw new ArgumentException("a session needs a portal", nameof(options));
        }

        List<string> tried = [];
        for (int attempt = 0; ; attempt++)
        {
            // Each portal gets its turn; a target that refuses at one may be reached at the next.
            IscsiSession session = new(options, logger, time) { _nextPortal = attempt };
            try
            {
                session.Do(static (core, now, turn) => core.Open(now, turn));
                await session._up.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
                return session;
            }
            catch (LoginFailedException failed) when (attempt + 1 < options.Portals.Length && failed.Failure is null or { IsWorthRetrying: true })
            {
                tried.Add(failed.Message);
            }
            catch (LoginFailedException failed) when (tried.Count > 0)
            {
                throw new LoginFailedException(string.Join("; ", tried.Append(failed.Message)), failed.Failure) { NetworkError = failed.NetworkError };
            }
            catch (OperationCanceledException)
            {
                session.Do(static (core, _, turn) => core.Abandon("opening it was cancelled", turn));
                throw;
            }
        }
    }

    /// <summary>A logical unit of the target. That it exists is seen at the first command.</summary>
    /// <param name="lun">Its number, 0 to 16383; see <see cref="LunFormat"/> for how it is spelled on the wire.</param>
    public IScsiExecutor Unit(int lun) => new SessionUnit(this, LunFormat.Encode((uint)lun));

    /// <summary>A logical unit by its LUN field (SAM-5 §4.7), as REPORT LUNS has it.</summary>
    public IScsiExecutor UnitAt(ulong lunField) => new SessionUnit(this, lunField);

    /// <summary>Asks the target for a sign of life (NOP-Out, RFC 7143 §11.18).</summary>
    /// <param name="data">Ping data, which has to come back.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Time from sending to the answer.</returns>
    /// <exception cref="CommandLostException">No answer came.</exception>
    public async Task<TimeSpan> PingAsync(ReadOnlyMemory<byte> data = default, CancellationToken cancellationToken = default)
    {
        PingCall ping = new() { Data = data.ToArray() }; // the caller's buffer is its own again once it has given up waiting
        long from = Time.GetTimestamp();
        Do((core, now, turn) => core.Submit(ping, now, turn));
        await ping.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan took = Time.GetElapsedTime(from);
        ThrowUnlessAnswered(ping);
        return ping.EchoIsRight ? took : throw new CommandLostException(CommandFate.MayHaveRun, $"{Describe()}: the answer to a ping brought other data back (RFC 7143 §11.19)");
    }

    /// <summary>Sends a task management function (RFC 7143 §11.5); commands that it ends fail with a <see cref="CommandLostException"/>.</summary>
    /// <param name="function">One that is about a logical unit or the target; single tasks are aborted by cancelling them.</param>
    /// <param name="lun">The logical unit, for functions that want one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What the target answered.</returns>
    public async Task<TaskManagementResponseCode> ManageAsync(TaskManagementFunction function, int lun = 0, CancellationToken cancellationToken = default)
    {
        if (function is TaskManagementFunction.AbortTask or TaskManagementFunction.TaskReassign or TaskManagementFunction.QueryTask)
        {
            throw new ArgumentException("a function on one task: cancel its command instead", nameof(function));
        }

        FunctionCall call = new() { Function = function, Lun = LunFormat.Encode((uint)lun) };
        Do((core, now, turn) => core.Submit(call, now, turn));
        await call.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        ThrowUnlessAnswered(call);
        return call.Response;
    }

    /// <summary>Asks which targets there are, or where a target can be reached (SendTargets, RFC 7143 appendix C).</summary>
    /// <param name="value"><c>All</c>, a target's name, or nothing for the target of this session.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<TextPair>> SendTargetsAsync(string value = "All", CancellationToken cancellationToken = default)
    {
        TextCall call = new(InitiatorTextExchange.SendTargets(value, 0, immediate: true), Connections.Select(static it => it.Login.ConnectionParameters.PeerMaxRecvDataSegmentLength).FirstOrDefault(ConnectionParameters.DefaultMaxRecvDataSegmentLength));
        Do((core, now, turn) => core.Submit(call, now, turn));
        await call.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        ThrowUnlessAnswered(call);
        return call.Step.Next == InitiatorTextNext.Done
            ? call.Step.Outcome!.Pairs
            : throw new CommandLostException(CommandFate.MayHaveRun, $"{Describe()}: {call.Step.Why}");
    }

    /// <summary>The target is known to be back: the pause before the next attempt is not waited for.</summary>
    public void RenewNow() => Do(static (core, now, turn) => core.RenewNow(now, turn));

    /// <summary>Takes one connection out of the session in good order; its commands are begun anew on others.</summary>
    /// <param name="cid">Its CID.</param>
    /// <returns>False when there is no such connection, or it is the last one.</returns>
    public bool CloseConnection(ushort cid)
    {
        bool closed = false;
        Do((core, now, turn) => closed = core.CloseConnection(cid, now, turn));
        return closed;
    }

    /// <summary>
    /// Logs the session out and closes it. Commands under way fail with a <see cref="CommandLostException"/>, new ones at once. Ends when the target has answered, or its
    /// time limit for a logout is over.
    /// </summary>
    public async Task CloseAsync()
    {
        Do(static (core, now, turn) => core.Close(now, turn));
        await _over.Task.ConfigureAwait(false);
    }

    /// <summary>Closes it without a word to the target.</summary>
    public void Abandon() => Do(static (core, _, turn) => core.Abandon("the session was abandoned", turn));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);
}
