namespace Blockwire.Storage;

/// <content>The state on stable storage: saved in rounds, so that changes that wait for it at the same time share one.</content>
public sealed partial class MirrorDisk
{
    private readonly Place[] _places;
    private TaskCompletionSource<bool>? _nextRound;
    private bool _isSaving;
    private int _isCleaning;
    private string? _stateProblem;
    private MirrorSnapshot? _lastSaved;

    /// <summary>A copy of the state.</summary>
    private sealed class Place(int member, MirrorStateFile file)
    {
        /// <summary>Whose it is; -1 when it lies apart.</summary>
        public int Member { get; } = member;

        public MirrorStateFile File { get; set; } = file;

        /// <summary>A save that did not end in time. Until it ends nothing more is written there.</summary>
        public Task? Stuck { get; set; }
    }

    private static Place[] MakePlaces(MirrorSetup setup)
    {
        if (setup.IsReadOnly) return [];
        if (setup.Shared is { } shared) return [new Place(-1, shared)];
        List<Place> places = [];
        for (int i = 0; i < setup.Members.Count; i++)
        {
            if (setup.Members[i] is not { CopyPath: { } path } member) continue;
            MirrorStateFile file = new(member.Store(path));
            file.Load(out _);           // to write the older half first
            places.Add(new Place(i, file));
        }
        return [.. places];
    }

    /// <summary>Completes when stable storage has a state that is no older than now. False: it could not be kept.</summary>
    private Task<bool> PersistAsync()
    {
        Task<bool> round;
        lock (_gate)
        {
            if (_places.Length == 0)
            {
                _core.OnStable(_core.TakeSnapshot());
                return Task.FromResult(true);
            }
            _nextRound ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            round = _nextRound.Task;
            if (_isSaving) return round;
            _isSaving = true;
        }
        _ = Task.Run(SaveRoundsAsync);
        return round;
    }

    private async Task SaveRoundsAsync()
    {
        while (true)
        {
            TaskCompletionSource<bool> round;
            MirrorSnapshot snapshot;
            lock (_gate)
            {
                if (_nextRound is null)
                {
                    _isSaving = false;
                    return;
                }
                (round, _nextRound) = (_nextRound, null);
                snapshot = _core.TakeSnapshot();
            }
            bool isSaved = await SaveAsync(snapshot).ConfigureAwait(false);
            if (isSaved)
            {
                lock (_gate) _core.OnStable(snapshot);
            }
            round.SetResult(isSaved);
        }
    }

    /// <summary>
    /// Saves the copies of members that were and are in sync, and then those of others that are attached: nobody's copy may say that it is in sync
    /// before the others know, and none may be ahead of all that count, or these would be taken for old ones at the next start. Where no
    /// member in sync has a place, any other will do.
    /// </summary>
    private async Task<bool> SaveAsync(MirrorSnapshot snapshot)
    {
        MirrorLink?[] links = new MirrorLink?[_links.Length];
        lock (_gate) _links.CopyTo(links, 0);
        Place[] first = Array.FindAll(_places, it => it.Member < 0 || (IsInSync(snapshot, it.Member) && (_lastSaved is null || IsInSync(_lastSaved, it.Member))));
        Place[] others = Array.FindAll(_places, it => it.Member >= 0 && links[it.Member] is not null && !first.Contains(it));
        if (first.Length == 0) (first, others) = (others.Length > 0 ? others : _places, []);
        if (!await SaveAsync(snapshot, first, links).ConfigureAwait(false))
        {
            Tell(Math.Max(0, first[0].Member), MirrorEventKind.StateFailed, $"keeps no state of the mirror, so nothing can be written: {_stateProblem}");
            return false;
        }
        _lastSaved = snapshot;
        await SaveAsync(snapshot, others, links).ConfigureAwait(false);
        return true;
    }

    private static bool IsInSync(MirrorSnapshot snapshot, int member) => snapshot.Record.Members[member].State == MirrorMemberState.InSync;

    /// <summary>Saves copies at the same time. A member whose copy fails is lost. False: all failed.</summary>
    private async Task<bool> SaveAsync(MirrorSnapshot snapshot, Place[] places, MirrorLink?[] links)
    {
        string?[] problems = await Task.WhenAll(places.Select(place => SaveAsync(place, snapshot))).ConfigureAwait(false);
        for (int i = 0; i < places.Length; i++)
        {
            if (problems[i] is not { } problem) continue;
            _stateProblem = problem;
            if (places[i].Member >= 0 && links[places[i].Member] is { } link) Lose(link, $"its state could not be kept: {problem}", isGone: false);
        }
        return Array.Exists(problems, static it => it is null);
    }

    /// <summary>Saves one copy; what went wrong, or null.</summary>
    private async Task<string?> SaveAsync(Place place, MirrorSnapshot snapshot)
    {
        if (place.Stuck is { IsCompleted: false }) return "an earlier write of it does not end";
        MirrorRecord record = snapshot.Record.Copy();
        record.Owner = place.Member;
        Task save = Task.Run(() =>
        {
            lock (place) place.File.Save(record);
        });
        try
        {
            await save.WaitAsync(_setup.Times.Patience, _setup.Time).ConfigureAwait(false);
            return null;
        }
        catch (TimeoutException)
        {
            place.Stuck = save;
            return "writing it does not end";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return DiskText.Printable(e.Message);
        }
    }

    private async ValueTask ClosePlacesAsync()
    {
        foreach (Place place in _places)
        {
            if (place.Stuck is not { IsCompleted: false }) await place.File.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void OnCleanTick()
    {
        _ = CleanAndGoOnAsync();
    }

    private async Task CleanAndGoOnAsync()
    {
        await CleanAsync().ConfigureAwait(false);
        if (Volatile.Read(ref _isDisposed) == 0) _cleanTimer?.Change(_setup.Times.Quiet, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Forgets the intents of regions in which nothing goes on, once every attached member has flushed.</summary>
    private async Task CleanAsync()
    {
        if (Interlocked.Exchange(ref _isCleaning, 1) != 0) return;
        try
        {
            RegionMap? quiet;
            lock (_gate) quiet = _core.BeginClean();
            if (quiet is null) return;
            // A member that cannot flush is out with that, and then misses what the intent has: it may be forgotten for the others.
            if (await OnAllAsync(new MirrorCall(MirrorCallKind.Flush)).ConfigureAwait(false) != IoStatus.Ok) return;
            lock (_gate) _core.EndClean(quiet);
            await PersistAsync().ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _isCleaning, 0);
        }
    }
}
