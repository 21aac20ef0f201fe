using System.Runtime.CompilerServices;
using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>
/// One logical unit over several paths: commands go over the best that is up (<see cref="PathChoice"/>), and over another when one fails. Unit attentions, and every status that is not
/// about the path, come through as they are.
/// </summary>
/// <remarks>
/// <para>What is promised: a command that has not run (<see cref="CommandFate.NotRun"/>, or refused by a port group that gives no access) goes over another path. One that may have run goes
/// again only with <see cref="Repeat.Allowed"/>; if it changes data, only after <see cref="MultipathSettings.Fence"/> has made sure that it cannot run late. When there is no path, commands wait
/// for <see cref="MultipathSettings.NoPathTimeLimit"/>.</para>
/// <para>What cannot be promised: that a command which was reported as lost, having perhaps run, does not run later; whoever writes the same blocks over another path then may see
/// the older data come back. With <see cref="PathFences.Accept"/> the same holds for every repeated write. And a cancelled write may have been done.</para>
/// <para>Persistent reservations belong to a nexus, so that they have to be registered over each path, by the paths' own executors.</para>
/// </remarks>
public sealed partial class MultipathUnit : IScsiExecutor, IAsyncDisposable
{
    private const string LunGone = "the target has no logical unit at this LUN any more";

    private readonly Lock _gate = new();
    private readonly MultipathSettings _settings;
    private readonly PathRecord[] _paths;
    private readonly PathCandidate[] _candidates;
    private readonly PathChoice _choice;
    private readonly CancellationTokenSource _closing = new();
    private TaskCompletionSource _changed = NewSignal();
    private UnitIdentity? _identity;
    private Task _checks = Task.CompletedTask;

    private MultipathUnit(IReadOnlyList<UnitPath> paths, MultipathSettings settings)
    {
        _settings = settings;
        _paths = [.. paths.Select(path => new PathRecord(path, settings, _gate))];
        _candidates = new PathCandidate[_paths.Length];
        _choice = new PathChoice(settings.Policy);
    }

    /// <summary>A path has come, gone or changed; called on the thread that found it.</summary>
    public event EventHandler<PathEventArgs>? PathChanged;

    /// <summary>The paths as they are now, in the order in which they were given.</summary>
    public IReadOnlyList<(string Name, PathCandidate State)> Paths
    {
        get
        {
            lock (_gate)
            {
                return [.. _paths.Select(static path => (path.Name, path.Candidate))];
            }
        }
    }

    /// <summary>
    /// Opens a unit over paths: those that are up have to lead to the same unit; one at least is needed. Others are checked when they come up. The paths are not owned: close them
    /// after the unit.
    /// </summary>
    /// <exception cref="MultipathException">Two paths lead to different units, or nobody can tell, or none is up.</exception>
    public static async ValueTask<MultipathUnit> OpenAsync(
        IReadOnlyList<UnitPath> paths, MultipathSettings? settings = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(paths.Count, nameof(paths));
        MultipathUnit unit = new(paths, settings ?? new MultipathSettings());
        try
        {
            await unit.StartAsync(cancellationToken).ConfigureAwait(false);
            return unit;
        }
        catch
        {
            await unit.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken) => RunAsync(request, cancellationToken);

    /// <summary>Ends the checks; commands that wait for a path are lost without having run. The paths stay open.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (PathRecord path in _paths)
        {
            if (path.Path.State is { } state)
            {
                state.Changed -= OnPathStateChanged;
            }
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        Signal();
        await _checks.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ScsiResult> RunAsync(ScsiRequest request, CancellationToken cancellationToken)
    {
        long? troubleSince = null;
        CommandFate fate = CommandFate.NotRun;
        while (true)
        {
            PathRecord? path = Take(request.Cdb[0], out ScsiResult result, out bool isAnswered, out Task changed);
            if (isAnswered)
            {
                return result;
            }

            if (path is null)
            {
                troubleSince ??= _settings.Time.GetTimestamp();
                await WaitForPathAsync(troubleSince.Value, fate, changed, cancellationToken).ConfigureAwait(false);
                continue;
            }

            CommandLostException? lost = null;
            try
            {
                result = await path.Path.Executor.ExecuteAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (CommandLostException e)
            {
                lost = e;
            }
            finally
            {
                Give(path);
            }

            if (lost is null && !IsRefusedByPath(path, result))
            {
                return result;
            }

            if (lost is not null)
            {
                Fail(path, lost.Message);
                if (lost.Fate == CommandFate.MayHaveRun)
                {
                    fate = CommandFate.MayHaveRun;
                    await PrepareRepetitionAsync(path, request, lost, cancellationToken).ConfigureAwait(false);
                }
            }

            // Where paths come back only to fail again, the time runs on from the first failure.
            troubleSince ??= _settings.Time.GetTimestamp();
            ThrowIfLate(troubleSince.Value, fate, lost);
        }
    }

    private PathRecord? Take(byte operationCode, out ScsiResult answer, out bool isAnswered, out Task changed)
    {
        lock (_gate)
        {
            changed = _changed.Task;
            int at = Choose();
            if (at == PathChoice.None)
            {
                isAnswered = false;
                answer = default;
                return null;
            }

            PathRecord path = _paths[at];
            isAnswered = path.TryTakeAttention(operationCode, out answer);
            path.InFlight += isAnswered ? 0 : 1;
            return path;
        }
    }

    private int Choose()
    {
        NoteCandidates();
        return _choice.Choose(_candidates);
    }

    private void NoteCandidates()
    {
        for (int i = 0; i < _paths.Length; i++)
        {
            _candidates[i] = _paths[i].Candidate;
        }
    }

    private void Give(PathRecord path)
    {
        lock (_gate)
        {
            path.InFlight--;
        }
    }

    /// <summary>Sense data about the path itself (SPC-4 §5.15.2): the command has not run. Also has access states read anew where they have changed.</summary>
    private bool IsRefusedByPath(PathRecord path, in ScsiResult result)
    {
        if (result.Status != ScsiStatus.CheckCondition || SenseData.Parse(result.Sense.Span) is not { Deferred: false } sense)
        {
            return false;
        }

        switch (sense)
        {
            case { Key: SenseKey.NotReady, Asc: 0x04, Ascq: 0x0A }:
                SetState(path, AccessState.Transitioning, path.IsPreferred);
                StartRefresh();
                return true;
            case { Key: SenseKey.NotReady, Asc: 0x04, Ascq: 0x0B }:
                SetState(path, AccessState.Standby, path.IsPreferred);
                StartRefresh();
                return true;
            case { Key: SenseKey.NotReady, Asc: 0x04, Ascq: 0x0C }:
                SetState(path, AccessState.Unavailable, path.IsPreferred);
                StartRefresh();
                return true;
            case { Key: SenseKey.IllegalRequest, Asc: 0x25 }:
                Fail(path, LunGone);
                return true;
            case { Key: SenseKey.UnitAttention, Asc: 0x2A, Ascq: 0x06 or 0x07 }:
                StartRefresh();
                return false;
            default:
                return false;
        }
    }

    /// <summary>Returns when a command that may have run may be sent again.</summary>
    /// <exception cref="CommandLostException">It may not.</exception>
    private async ValueTask PrepareRepetitionAsync(PathRecord path, ScsiRequest request, CommandLostException lost, CancellationToken cancellationToken)
    {
        if (request.Repeat != Repeat.Allowed)
        {
            throw new CommandLostException(
                CommandFate.MayHaveRun, $"{_settings.Name}: path {path.Name} was lost with a command that may have run and must not run twice; see what it has done before going on: {lost.Message}", lost);
        }

        if (LateRules.IsHarmless(request.Cdb[0]))
        {
            return;
        }

        IScsiExecutor? survivor;
        lock (_gate)
        {
            survivor = Choose() is var at and not PathChoice.None ? _paths[at].Path.Executor : null;
        }

        using CancellationTokenSource limit = new(_settings.FenceTimeLimit, _settings.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, _closing.Token);
        bool fenced;
        try
        {
            fenced = await _settings.Fence.FenceAsync(new LostPath(path.Name, path.Path.State, survivor), either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            fenced = false;
        }

        if (!fenced)
        {
            throw new CommandLostException(
                CommandFate.MayHaveRun,
                $"{_settings.Name}: path {path.Name} was lost with a write that may have run, and it is not certain that the target has ended it, so that it was not repeated; "
                + $"write it again when the path is back or known to be dead: {lost.Message}",
                lost);
        }
    }

    private async ValueTask WaitForPathAsync(long since, CommandFate fate, Task changed, CancellationToken cancellationToken)
    {
        ThrowIfLate(since, fate, cause: null);
        bool transitioning;
        lock (_gate)
        {
            NoteCandidates();
            transitioning = PathChoice.IsTransitioning(_candidates);
        }

        TimeSpan left = _settings.NoPathTimeLimit - _settings.Time.GetElapsedTime(since);
        TimeSpan pause = transitioning && _settings.TransitionPeriod < left ? _settings.TransitionPeriod : left;
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(changed, Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, _settings.Time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (transitioning)
        {
            StartRefresh();
        }
    }

    private void ThrowIfLate(long since, CommandFate fate, CommandLostException? cause)
    {
        if (_closing.IsCancellationRequested)
        {
            throw new CommandLostException(fate, $"{_settings.Name} was closed while a command waited for a path", cause);
        }

        if (_settings.Time.GetElapsedTime(since) >= _settings.NoPathTimeLimit)
        {
            throw new CommandLostException(
                fate,
                $"{_settings.Name}: no path could be used for {_settings.NoPathTimeLimit.TotalSeconds:0.#} s ({Describe()}); see to the network and the target, then try again",
                cause);
        }
    }

    private string Describe()
    {
        lock (_gate)
        {
            return string.Join(", ", _paths.Select(static path => $"{path.Name} {(path.IsRefused ? "refused" : path.IsUp ? AccessStates.Name(path.State) : "down")}"));
        }
    }

    private void Signal()
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
