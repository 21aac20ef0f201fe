namespace Blockwire.Storage;

/// <content>The state on stable storage: saved in rounds, so that changes that wait for it at the same time share one.</content>
public sealed partial class MirrorDisk
{
    private readonly Place[] _places;
    private TaskCompletionSource<bool>? _nextRound;
    private bool _isSaving;
    private int _isCleaning;
    private string? _stateProblem;

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
            List<Place> places;
            lock (_gate)
            {
                if (_nextRound is null)
                {
                    _isSaving = false;
                    return;
                }
                (round, _nextRound) = (_nextRound, null);
                snapshot = _core.TakeSnapshot();
                places = ChoosePlaces();
            }
            bool isSaved = await SaveAsync(snapshot, places).ConfigureAwait(false);
            if (isSaved)
            {
                lock (_gate) _core.OnStable(snapshot);
            }
            round.SetResult(isSaved);
        }
    }

    /// <summary>Those of attached members; of all members when no attached one has any.</summary>
    private List<Place> ChoosePlaces()
    {
        List<Place> attached = [.. _places.Where(place => place.Member < 0 || _links[place.Member] is not null)];
        return attached.Count > 0 ? attached : [.. _places];
    }

    private async Task<bool> SaveAsync(MirrorSnapshot snapshot, List<Place> places)
    {
        MirrorLink?[] links = new MirrorLink?[_links.Length];
        lock (_gate) _links.CopyTo(links, 0);
        string?[] problems = await Task.WhenAll(places.Select(place => SaveAsync(place, snapshot))).ConfigureAwait(false);
        bool isAnyOfThoseInSync = false;
        bool isSaved = false;
        bool isSavedInSync = false;
        for (int i = 0; i < places.Count; i++)
        {
            int member = places[i].Member;
            bool isInSync = member < 0 || (links[member] is not null && snapshot.Record.Members[member].State == MirrorMemberState.InSync);
            isAnyOfThoseInSync |= isInSync;
            if (problems[i] is null)
            {
                isSaved = true;
                isSavedInSync |= isInSync;
                continue;
            }
            _stateProblem = problems[i];
            if (member >= 0 && links[member] is { } link) Lose(link, $"its state could not be kept: {problems[i]}", isGone: false);
        }
        bool isEnough = isAnyOfThoseInSync ? isSavedInSync : isSaved;
        if (!isEnough) Tell(Math.Max(0, places[0].Member), MirrorEventKind.StateFailed, $"the mirror's state could not be kept, and nothing can be written: {_stateProblem}");
        return isEnough;
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
