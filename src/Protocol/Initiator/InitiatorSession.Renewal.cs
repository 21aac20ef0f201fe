using Blockwire.Protocol.Login;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>
/// The session itself is lost (RFC 7143 §7.1.4.4, §7.15, §6.3.5): everything is closed, and a new session is asked for with the same ISID, again and again with growing
/// pauses. Commands that may run twice wait for it; they fail when it takes too long.
/// </content>
public sealed partial class InitiatorSession
{
    private TimeSpan _renewAt = TimeSpan.MaxValue;
    private TimeSpan _lostAt;
    private int _renewals;
    private bool _wasUp;
    private bool _isRenewing;

    /// <summary>A new session is being asked for.</summary>
    public bool IsRenewing => _isRenewing;

    /// <summary>Does not wait for the pause between attempts to be over: the target is known to be back.</summary>
    public void RenewNow(TimeSpan now, IInitiatorEffects effects)
    {
        if (_isRenewing && !IsLoggingIn)
        {
            _renewals = 0;
            _renewAt = now;
            Manage(now, effects);
        }
    }

    private void BeginSession(InitiatorConnection connection, InitiatorLoginOutcome outcome, TimeSpan now, IInitiatorEffects effects)
    {
        if (State == InitiatorSessionState.Failed)
        {
            Move(InitiatorSessionTransition.N6);
        }

        Move(InitiatorSessionTransition.N1);
        Tsih = outcome.Tsih;
        Parameters = outcome.SessionParameters;
        WantedConnections = Math.Min(Options.Connections, Parameters.MaxConnections);
        bool renewed = _wasUp;
        _wasUp = true;
        _isRenewing = _failsFast = false;
        _renewals = 0;
        _why = "";
        effects.Raise(new InitiatorNotice(renewed ? InitiatorEvent.SessionRenewed : InitiatorEvent.SessionUp, $"TSIH {Tsih:X4}, recovery level {Level}") { Cid = connection.Cid });
        WakeAt(now);
    }

    /// <summary>Gives the session up and begins anew.</summary>
    private void LoseSession(string why, TimeSpan now, IInitiatorEffects effects) => LoseSession(why, Parameters.DefaultTime2Wait, now, effects);

    private void LoseSession(string why, int time2Wait, TimeSpan now, IInitiatorEffects effects)
    {
        if (_isOver)
        {
            return;
        }

        if (_isClosing)
        {
            Conclude(RequestEnd.TerminatedByLogout, why, effects); // the end was wanted
            return;
        }

        foreach (InitiatorConnection connection in _connections.ToArray())
        {
            Drop(connection, why, effects);
        }

        if (State == InitiatorSessionState.LoggedIn)
        {
            Move(InitiatorSessionTransition.N5);
        }

        effects.Raise(new InitiatorNotice(InitiatorEvent.SessionLost, why));
        Renew(why, TimeSpan.FromSeconds(time2Wait), now, effects);
    }

    private void Renew(string why, TimeSpan wait, TimeSpan now, IInitiatorEffects effects)
    {
        if (!_isRenewing)
        {
            _isRenewing = true;
            _lostAt = now;
            _renewals = 0;
        }

        _why = why;
        Tsih = 0;
        RequeueAll(why, effects);
        _renewAt = now + wait;
        WakeAt(_renewAt);
        WakeAt(_lostAt + Options.ReplacementTimeLimit);
        FailFast(now, effects);
    }

    // What was sent may be at work in the old session until the new one has taken its place, so nothing is told or begun anew before that, except what must not be repeated.
    private void RequeueAll(string why, IInitiatorEffects effects)
    {
        InitiatorTask[] tasks = TasksOf(null);
        for (int i = tasks.Length - 1; i >= 0; i--)
        {
            InitiatorTask task = tasks[i];
            ReleaseStatus(task);
            if (task.AbortAs != RequestEnd.None && !task.RepeatAfterAbort)
            {
                EndTask(task, task.AbortAs, task.Why, true, effects);
            }
            else
            {
                RepeatOrEnd(task, RequestEnd.Lost, $"the session was lost: {why}", effects);
            }
        }

        for (int place = 0; place < _requests.Places; place++)
        {
            switch (_requests.At(place))
            {
                case OwnFunction own:
                    EndOwn(own);
                    break;
                case { } request:
                    EndRequest(request, RequestEnd.Lost, $"the session was lost: {why}", effects);
                    break;
            }
        }

        EndWaitingTexts(RequestEnd.Lost, $"the session was lost: {why}", effects);
        Numbers.Begin(Numbers.CmdSN);
    }

    private void OnRenewalFailed(string why, InitiatorLoginFailure? failure, TimeSpan now, IInitiatorEffects effects)
    {
        // A target that comes back may not have its configuration yet, so "not found" is believed only when the time for a new session is over.
        bool isEarly = failure?.Status == LoginStatus.NotFound && !_failsFast;
        bool hopeless = failure is { IsWorthRetrying: false } && !isEarly;
        if (!_wasUp || hopeless)
        {
            // The first login tells its caller; a target that refuses for a reason that stays will refuse again.
            Conclude(RequestEnd.NoSession, why, effects);
            return;
        }

        _why = why;
        _renewAt = now + BackOff(++_renewals);
        WakeAt(_renewAt);
        effects.Raise(new InitiatorNotice(InitiatorEvent.RenewalFailed, why) { Failure = failure });
    }

    private void FailFast(TimeSpan now, IInitiatorEffects effects)
    {
        if (!_isRenewing || _failsFast || now < _lostAt + Options.ReplacementTimeLimit)
        {
            return;
        }

        _failsFast = true;
        effects.Raise(new InitiatorNotice(InitiatorEvent.FailingFast, _why));
        EndWaiting(RequestEnd.NoSession, $"the session was lost and did not come back within {Options.ReplacementTimeLimit.TotalSeconds:0.#} s: {_why}", effects);
    }

    /// <summary>Doubles with each attempt up to a limit; half of it is chance, so that many initiators do not come back at once.</summary>
    private TimeSpan BackOff(int attempts)
    {
        double full = Math.Min(Options.FirstBackOff.TotalSeconds * Math.Pow(2, Math.Min(attempts, 30) - 1), Options.LongestBackOff.TotalSeconds);
        return TimeSpan.FromSeconds(full * (0.5 + (Options.Jitter() / 2)));
    }
}
