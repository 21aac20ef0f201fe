using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>Everything that is a matter of time.</content>
public sealed partial class InitiatorSession
{
    /// <summary>When the next tick may have something to do. May be earlier than needed, never later.</summary>
    public TimeSpan Deadline { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Looks at the clock.</summary>
    public void Tick(TimeSpan now, IInitiatorEffects effects)
    {
        if (now < Deadline || _isOver)
        {
            return;
        }

        Deadline = TimeSpan.MaxValue;
        TickConnections(now, effects);
        TickRequests(now, effects);
        Manage(now, effects);
        FindDeadline(now);
    }

    private void WakeAt(TimeSpan at) => Deadline = at < Deadline ? at : Deadline;

    private static TimeSpan After(TimeSpan now, TimeSpan limit) => limit == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : now + limit;

    private void WakeForRetry(TimeSpan now)
    {
        if (Level > 0)
        {
            WakeAt(now + Options.RetryAfter);
        }
    }

    /// <summary>What can be done now: recovery, reassignment, gaps, more connections, a new session, commands that wait.</summary>
    private void Manage(TimeSpan now, IInitiatorEffects effects)
    {
        if (_isOver || _isManaging)
        {
            return;
        }

        _isManaging = true;
        try
        {
            ManageAll(now, effects);
        }
        finally
        {
            _isManaging = false;
        }

        Dispatch(now, effects);
    }

    private bool _isManaging;

    private void ManageAll(TimeSpan now, IInitiatorEffects effects)
    {
        foreach (InitiatorConnection connection in _connections.ToArray())
        {
            Recover(connection, now, effects);
            LogOutIfDue(connection, now);
        }

        if (State == InitiatorSessionState.LoggedIn && !IsQuiet)
        {
            PlugGaps(now, effects);
            ReassignTasks(now);
            JoinMore(now, effects);
        }
        else if (_isRenewing && now >= _renewAt && !IsLoggingIn && !_isClosing)
        {
            ConnectLeading(now, effects);
        }

        FailFast(now, effects);
    }

    private void TickConnections(TimeSpan now, IInitiatorEffects effects)
    {
        foreach (InitiatorConnection connection in _connections.ToArray())
        {
            switch (connection.State)
            {
                case InitiatorConnectionState.TransportWait or InitiatorConnectionState.InLogin when now >= connection.Deadline:
                    Lose(connection, $"the login took longer than {Options.LoginTimeLimit.TotalSeconds:0.#} s", now, effects);
                    break;
                case InitiatorConnectionState.LoggedIn when !IsQuiet:
                    Probe(connection, now, effects);
                    MendStatuses(connection, now, effects);
                    break;
                case InitiatorConnectionState.LogoutRequested when !IsQuiet:
                    MendStatuses(connection, now, effects);
                    break;
            }
        }
    }

    private void Probe(InitiatorConnection connection, TimeSpan now, IInitiatorEffects effects)
    {
        switch (connection.Probe.OnTick(now))
        {
            case ProbeVerdict.Ping when !_requests.IsFull:
                SendProbe(connection, now);
                break;
            case ProbeVerdict.Dead:
                Lose(connection, $"the target was silent for {(Options.PingAfter + Options.PingTimeLimit).TotalSeconds:0.#} s and did not answer a ping", now, effects);
                break;
        }
    }

    private void TickRequests(TimeSpan now, IInitiatorEffects effects)
    {
        for (int place = 0; place < _requests.Places; place++)
        {
            InitiatorRequest? request = _requests.At(place);
            if (request is InitiatorTask { Place: TaskPlace.Sent, Connection: { } own } mended)
            {
                if (mended.IsGone && !IsMending(mended, own))
                {
                    ConcludeAbort(mended, effects);
                    continue;
                }

                MendData(mended, own, now, effects);
                if (mended.AbortAs != RequestEnd.None && !mended.Aborting && !mended.IsGone && now >= mended.SnackAt)
                {
                    SendAbort(mended, now);
                }
            }

            if (request is null || now < request.Deadline || _requests.At(place) != request)
            {
                continue;
            }

            OnTooLate(request, now, effects);
        }
    }

    private void OnTooLate(InitiatorRequest request, TimeSpan now, IInitiatorEffects effects)
    {
        request.Deadline = TimeSpan.MaxValue;
        switch (request)
        {
            case InitiatorTask task:
                Abort(task, RequestEnd.TimedOut, $"the target did not answer within {(now - task.SentAt).TotalSeconds:0.#} s", now, effects);
                break;
            case InitiatorLogout { Named: { } named, Connection: { } carrier } when named != carrier:
                Lose(carrier, $"the logout of {named} was not answered within {Options.LogoutTimeLimit.TotalSeconds:0.#} s", now, effects);
                break;
            case InitiatorLogout logout:
                OnLogoutFailed(logout, $"the logout was not answered within {Options.LogoutTimeLimit.TotalSeconds:0.#} s", now, effects);
                break;
            case InitiatorFunction { Connection: { } connection }:
                Lose(connection, $"a task management function was not answered within {Options.FunctionTimeLimit.TotalSeconds:0.#} s", now, effects);
                break;
            default:
                EndRequest(request, RequestEnd.TimedOut, $"the target did not answer within {(now - request.SentAt).TotalSeconds:0.#} s", effects);
                break;
        }
    }

    private void FindDeadline(TimeSpan now)
    {
        if (_isOver)
        {
            Deadline = TimeSpan.MaxValue;
            return;
        }

        foreach (InitiatorConnection connection in _connections)
        {
            switch (connection.State)
            {
                case InitiatorConnectionState.TransportWait or InitiatorConnectionState.InLogin:
                    WakeAt(connection.Deadline);
                    break;
                case InitiatorConnectionState.LoggedIn when !IsQuiet:
                    WakeAt(connection.Probe.Deadline);
                    WakeAt(connection.Statuses.HasHoles ? connection.SnackAt : TimeSpan.MaxValue);
                    break;
                case InitiatorConnectionState.LogoutRequested when !IsQuiet:
                    WakeAt(connection.Deadline);
                    WakeAt(connection.Statuses.HasHoles ? connection.SnackAt : TimeSpan.MaxValue);
                    break;
                case InitiatorConnectionState.CleanupWait when connection.Cleanup == CleanupState.CleanupWait && connection.Deadline > now:
                    WakeAt(connection.Deadline);
                    break;
            }
        }

        for (int place = 0; place < _requests.Places; place++)
        {
            if (_requests.At(place) is not { } request)
            {
                continue;
            }

            WakeAt(request.Deadline);
            if (request is InitiatorTask task)
            {
                bool mends = task.Place == TaskPlace.Sent && (task.DataInArrival.HasHoles || task.R2TArrival.HasHoles || task.AbortAs != RequestEnd.None);
                WakeAt(mends && task.SnackAt > now ? task.SnackAt : TimeSpan.MaxValue);
                WakeAt(task.Place == TaskPlace.Unassigned && task.ReassignAt > now ? task.ReassignAt : TimeSpan.MaxValue);
            }
        }

        if (Level > 0 && State == InitiatorSessionState.LoggedIn && Numbers.Unacknowledged > 0)
        {
            for (Serial32 number = Numbers.ExpCmdSN; number != Numbers.CmdSN; number++)
            {
                TimeSpan at = Numbers[number].At + Options.RetryAfter;
                WakeAt(at > now ? at : now + Options.RetryAfter);
            }
        }

        if (_isRenewing)
        {
            WakeAt(_renewAt > now ? _renewAt : TimeSpan.MaxValue);
            WakeAt(_failsFast ? TimeSpan.MaxValue : _lostAt + Options.ReplacementTimeLimit);
        }

        if (State == InitiatorSessionState.LoggedIn && _connections.Count < WantedConnections && _joinAt > now)
        {
            WakeAt(_joinAt);
        }
    }
}
