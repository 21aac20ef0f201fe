using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>What goes on beside the commands: paths are checked, access states read.</summary>
public sealed partial class MultipathUnit
{
    private bool _isRefreshing;
    private bool _refreshAgain;
    private string? _identityFrom;

    private async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        List<string> reasons = [];
        foreach (PathRecord path in _paths)
        {
            try
            {
                if (path.Path.State is { IsConnected: false })
                {
                    reasons.Add($"{path.Name}: it has no session");
                    continue;
                }

                if (await IdentifyAsync(path, cancellationToken).ConfigureAwait(false) is { } reason)
                {
                    throw new MultipathException($"{_settings.Name}: path {path.Name} cannot be used beside {_identityFrom ?? "others"}: {reason}; open each by itself, or leave it out");
                }

                SetUp(path, isUp: true, "it answers");
            }
            catch (IOException e) when (e is CommandLostException or ScsiException)
            {
                reasons.Add($"{path.Name}: {e.Message}");
            }
        }

        if (reasons.Count == _paths.Length)
        {
            throw new MultipathException($"{_settings.Name}: no path is up ({string.Join("; ", reasons)}); see to the network and the target");
        }

        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        foreach (PathRecord path in _paths)
        {
            if (path.Path.State is { } state)
            {
                state.Changed += OnPathStateChanged;
            }
        }

        _checks = CheckForeverAsync(_closing.Token);
    }

    private void OnPathStateChanged(object? sender, EventArgs e)
    {
        foreach (PathRecord path in _paths)
        {
            if (ReferenceEquals(path.Path.State, sender))
            {
                if (path.Path.State is { IsConnected: false })
                {
                    Fail(path, "its session is gone");
                }
                else
                {
                    _ = CheckAsync(path, _closing.Token);
                }
            }
        }
    }

    private async Task CheckForeverAsync(CancellationToken closing)
    {
        while (true)
        {
            await Task.Delay(_settings.CheckPeriod, _settings.Time, closing).ConfigureAwait(false);
            foreach (PathRecord path in _paths)
            {
                // Each by itself: one that hangs does not keep the others from being checked.
                _ = CheckAsync(path, closing);
            }

            StartRefresh();
        }
    }

    /// <summary>TEST UNIT READY over a path: whatever the target answers, the path is up; it is not when there is no answer.</summary>
    private async Task CheckAsync(PathRecord path, CancellationToken closing)
    {
        lock (_gate)
        {
            if (path.IsChecking)
            {
                return;
            }

            path.IsChecking = true;
        }

        try
        {
            if (path.Path.State is { IsConnected: false })
            {
                Fail(path, "its session is gone");
                return;
            }

            ScsiRequest request = path.Runner.Request(PrimaryCdbs.TestUnitReady(), Repeat.Allowed);
            ScsiResult result = await path.Path.Executor.ExecuteAsync(request, closing).ConfigureAwait(false);
            NoteAttention(path, result);
            if (result.Status == ScsiStatus.CheckCondition && SenseData.Parse(result.Sense.Span) is { Key: SenseKey.IllegalRequest, Asc: 0x25 })
            {
                Fail(path, LunGone);
                return;
            }

            bool wasUp;
            lock (_gate)
            {
                wasUp = path.IsUp;
            }

            if (!wasUp)
            {
                await BringBackAsync(path, closing).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The unit is closed.
        }
        catch (Exception e)
        {
            // Whatever it was: a path that cannot be checked is none, and the event says why.
            Fail(path, e.Message);
        }
        finally
        {
            lock (_gate)
            {
                path.IsChecking = false;
            }
        }
    }

    /// <summary>A path that answers again is used again, if it leads to the same unit still: LUNs may have been given to others meanwhile.</summary>
    private async ValueTask BringBackAsync(PathRecord path, CancellationToken closing)
    {
        if (await IdentifyAsync(path, closing).ConfigureAwait(false) is { } reason)
        {
            bool isNews;
            lock (_gate)
            {
                isNews = !path.IsRefused;
                path.IsRefused = true;
            }

            if (isNews)
            {
                Tell(path, PathChange.Refused, $"path {path.Name} is not used: {reason}");
            }

            return;
        }

        lock (_gate)
        {
            path.IsRefused = false;
            // Its group's state is read before anything else goes over it, where there are groups.
            path.State = path.HasPortGroups ? AccessState.Transitioning : AccessState.ActiveOptimized;
        }

        SetUp(path, isUp: true, "it answers again");
        await RefreshAsync(closing).ConfigureAwait(false);
    }

    /// <summary>Reads where a path leads; gives the reason why it must not be used, or null.</summary>
    private async ValueTask<string?> IdentifyAsync(PathRecord path, CancellationToken cancellationToken)
    {
        const int most = StandardInquiryData.Length;
        ReadOnlyMemory<byte> standard = await path.Runner.FetchAsync("INQUIRY", PrimaryCdbs.Inquiry(most), most, cancellationToken).ConfigureAwait(false);
        if (StandardInquiryData.Parse(standard.Span) is not { } inquiry || inquiry.Qualifier == StandardInquiryData.NoUnitQualifier)
        {
            return "it leads to no logical unit";
        }

        FactReader reader = new(path.Runner);
        ReadOnlyMemory<byte> serial = await reader.PageAsync(PageCodes.Vpd.UnitSerialNumber, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> page = await reader.PageAsync(PageCodes.Vpd.DeviceIdentification, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Designator> designators = Designator.ParsePage(page.Span) ?? [];
        UnitIdentity identity = UnitIdentity.From(VitalPage.ParseSerial(serial.Span), designators);
        lock (_gate)
        {
            path.HasPortGroups = inquiry.PortGroupSupport != 0;
            path.RelativePort = Designator.FindNumber(designators, DesignatorType.RelativeTargetPort);
            path.Group = Designator.FindNumber(designators, DesignatorType.TargetPortGroup);
            if (_identity is not null)
            {
                return _identity.Differs(identity);
            }

            // The first path gives the measure; alone it needs no name that others could be compared with.
            string? reason = _paths.Length > 1 ? identity.Differs(identity) : null;
            if (reason is null)
            {
                (_identity, _identityFrom) = (identity, $"path {path.Name}");
            }

            return reason;
        }
    }

    private void StartRefresh()
    {
        lock (_gate)
        {
            if (_isRefreshing)
            {
                _refreshAgain = true;
                return;
            }

            _isRefreshing = true;
        }

        _ = RefreshUntilDoneAsync();
    }

    private async Task RefreshUntilDoneAsync()
    {
        // Leaves the thread of whoever has heard of the change: a command's answer waits for nothing here.
        await Task.Yield();
        bool again;
        do
        {
            try
            {
                await RefreshAsync(_closing.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            finally
            {
                lock (_gate)
                {
                    again = _refreshAgain && !_closing.IsCancellationRequested;
                    _refreshAgain = false;
                    _isRefreshing = again;
                }
            }
        }
        while (again);
    }

    /// <summary>REPORT TARGET PORT GROUPS over the first path that answers, for all paths.</summary>
    private async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        PathRecord[] asked;
        lock (_gate)
        {
            asked = [.. _paths.Where(static path => path is { IsUp: true, HasPortGroups: true })];
        }

        foreach (PathRecord path in asked)
        {
            try
            {
                const int most = 4096;
                ReadOnlyMemory<byte> data = await path.Runner
                    .FetchAsync("REPORT TARGET PORT GROUPS", PrimaryCdbs.ReportTargetPortGroups(most), most, cancellationToken).ConfigureAwait(false);
                Apply(TargetPortGroup.ParseAll(data.Span) ?? []);
                return;
            }
            catch (ScsiException e) when (FactReader.IsUnknown(e))
            {
                // It says that it has groups and does not tell them: then all its paths are alike.
                SetState(path, AccessState.ActiveOptimized, isPreferred: false);
            }
            catch (ScsiException)
            {
                // Not now: another path may know, or the next check.
                continue;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Fail(path, e.Message);
            }
        }
    }

    private void Apply(IReadOnlyList<TargetPortGroup> groups)
    {
        foreach (PathRecord path in _paths)
        {
            TargetPortGroup? group = groups.FirstOrDefault(group => path.RelativePort is { } port && group.RelativePorts.Contains(port))
                ?? groups.FirstOrDefault(group => path.Group == group.Group);
            if (path.HasPortGroups && group is not null)
            {
                SetState(path, group.State, group.Preferred);
            }
            else if (path.HasPortGroups)
            {
                // A port that the target does not speak of is used only when there is nothing better.
                SetState(path, AccessState.ActiveNonOptimized, isPreferred: false);
            }
        }
    }

    private void SetState(PathRecord path, AccessState state, bool isPreferred)
    {
        bool isNews;
        lock (_gate)
        {
            isNews = path.State != state;
            path.State = state;
            path.IsPreferred = isPreferred;
        }

        if (isNews)
        {
            Signal();
            Tell(path, PathChange.AccessState, $"path {path.Name} is {AccessStates.Name(state)}");
        }
    }

    private void Fail(PathRecord path, string reason) => SetUp(path, isUp: false, reason);

    private void SetUp(PathRecord path, bool isUp, string reason)
    {
        bool isNews;
        lock (_gate)
        {
            isNews = path.IsUp != isUp;
            path.IsUp = isUp;
        }

        if (isNews)
        {
            Signal();
            Tell(path, isUp ? PathChange.Up : PathChange.Down, $"path {path.Name} is {(isUp ? "up" : "down")}: {reason}");
        }
    }

    private void NoteAttention(PathRecord path, in ScsiResult result)
    {
        if (result.Status == ScsiStatus.CheckCondition && SenseData.Parse(result.Sense.Span) is { Key: SenseKey.UnitAttention, Deferred: false } attention)
        {
            lock (_gate)
            {
                path.NoteAttention(attention);
            }
        }
    }

    private void Tell(PathRecord path, PathChange change, string description) =>
        PathChanged?.Invoke(this, new PathEventArgs(path.Name, change, $"{_settings.Name}: {description}"));
}
