using System.Collections.Immutable;
using System.Net.Sockets;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;

namespace Blockwire.Initiator;

/// <content>What its connections, its commands and its clock use.</content>
public sealed partial class IscsiSession
{
    internal ValueTask<ScsiResult> ExecuteAsync(ulong lun, in ScsiRequest request, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ScsiResult>(cancellationToken);
        }

        ScsiTask task = RentTask();
        task.Fill(request, lun, cancellationToken);
        ValueTask<ScsiResult> result = task.Result;
        SessionTurn turn = SessionTurn.Rent(this);
        lock (Core.Gate)
        {
            Core.Submit(task, Now, turn);
            Arm();
        }

        turn.RunAndReturn();
        if (_receiving != this)
        {
            Flush(); // else one flush follows for all that is submitted in this wake-up
        }

        task.Watch();
        return result;
    }

    internal void Cancel(ScsiTask task) => Do((core, now, turn) => core.Cancel(task, now, turn));

    internal void Return(ScsiTask task)
    {
        lock (_spareGate)
        {
            if (_spare.Count < MostSpareTasks)
            {
                _spare.Push(task);
            }
        }
    }

    /// <summary>One visit to the core, and what follows from it.</summary>
    internal void Do(Action<InitiatorSession, TimeSpan, SessionTurn> visit)
    {
        SessionTurn turn = SessionTurn.Rent(this);
        try
        {
            lock (Core.Gate)
            {
                visit(Core, Now, turn);
                Arm();
            }
        }
        finally
        {
            turn.RunAndReturn(); // even after a defect: nobody shall wait for what has ended
        }

        Flush();
    }

    /// <summary>A wake-up of a connection: what is submitted until <see cref="EndTurn"/> on this thread is sent together.</summary>
    internal SessionTurn BeginTurn() => SessionTurn.Rent(this);

    /// <summary>Carries out what a wake-up came to; it has called <see cref="Arm"/> before it left the lock.</summary>
    internal void EndTurn(SessionTurn turn)
    {
        IscsiSession? outer = _receiving;
        _receiving = this;
        try
        {
            turn.RunAndReturn();
        }
        finally
        {
            _receiving = outer;
        }

        Flush();
    }

    internal LoginPlan PlanFor(InitiatorConnection connection)
    {
        bool leading = connection.Purpose == ConnectionPurpose.Leading;
        return new LoginPlan
        {
            InitiatorName = Options.InitiatorName,
            InitiatorAlias = Options.InitiatorAlias,
            TargetName = Options.TargetName,
            SessionType = Options.SessionType,
            Isid = Options.Isid.Value,
            Tsih = leading ? (ushort)0 : Core.Tsih,
            Cid = connection.Cid,
            Offers = Options.Offers,
            Credentials = Options.Credentials,
            CmdSN = Core.Numbers.CmdSN,
            ExpStatSN = connection.Replaces?.ExpStatSN ?? default,
            Existing = leading ? null : Core.Parameters,
            ExpectedPortalGroupTag = leading ? null : _portalGroupTag,
            Quirks = Options.LoginQuirks,
        };
    }

    /// <summary>Where a connection is to go. One that belongs to a session goes to the session's portal group, wherever the leading login was sent on to (RFC 7143 §4.4.3).</summary>
    internal PortalAddress NextPortal(InitiatorConnection connection)
    {
        ImmutableArray<PortalAddress> portals = _portals;
        if (connection.Purpose != ConnectionPurpose.Leading && _leadingPortal is { } leading && !portals.Contains(leading))
        {
            return leading;
        }

        return portals[(int)((uint)(Interlocked.Increment(ref _nextPortal) - 1) % (uint)portals.Length)];
    }

    internal void OnRedirected(PortalAddress portal, bool isPermanent)
    {
        if (isPermanent)
        {
            _portals = [portal];
        }
    }

    internal void OnLoggedIn(SessionLink link, InitiatorLoginOutcome outcome)
    {
        foreach (string note in outcome.Notes)
        {
            Log.LoginNote(Describe(), note);
        }

        if (link.Connection.Purpose == ConnectionPurpose.Leading)
        {
            _leadingPortal = link.Portal;
            _portalGroupTag = outcome.PortalGroupTag;
        }

        Do((core, now, turn) => core.OnLoggedIn(link.Connection, outcome, now, turn));
        TellWhetherUp();
    }

    internal void OnNetworkError(SocketError error) => _networkError = error;

    internal void AddLink(SessionLink link)
    {
        // Under the session's lock.
        _links = [.. _links, link];
    }

    internal void RemoveLink(SessionLink link)
    {
        lock (Core.Gate)
        {
            _links = [.. _links.Where(it => it != link)];
        }

        TellWhetherUp();
    }

    /// <summary>It is to be told to <see cref="Noticed"/>, after those before it. Under the session's lock.</summary>
    internal void Queue(in InitiatorNotice notice) => _untold.Enqueue(notice);

    internal void OnNotice(in InitiatorNotice notice)
    {
        string what = notice.Event.ToString();
        switch (notice.Event)
        {
            case InitiatorEvent.SessionLost or InitiatorEvent.RenewalFailed or InitiatorEvent.FailingFast or InitiatorEvent.ConnectionLost:
                _lastFailure = notice.Why;
                if (_up.Task.IsCompleted)
                {
                    Log.WentWrong(Describe(), what, notice.Why);
                }
                else
                {
                    // Whoever opens it is told by an exception.
                    Log.Happened(Describe(), what, notice.Why);
                }

                break;
            case InitiatorEvent.SessionClosed:
                _lastFailure = notice.Why;
                _loginFailure = notice.Failure as InitiatorLoginFailure;
                Log.Happened(Describe(), what, notice.Why);
                _timer.Dispose();
                TellWhetherUp();
                _over.TrySetResult();
                break;
            default:
                Log.Happened(Describe(), what, notice.Why);
                break;
        }

        TellNotices();
    }

    internal void OnDeviation(InitiatorConnection connection, string action, string rule) => Log.Deviation(Describe(), connection.Cid, action, rule);

    /// <summary>Where it leads, for messages.</summary>
    internal string Describe() => $"{_portals[0]}{(Options.TargetName is { } target ? $" {target}" : "")}";

    internal Exception? FailureOf(RequestEnd end) =>
        end is RequestEnd.NoSession or RequestEnd.Closed && _loginFailure is { } failure ? new LoginFailedException(failure.Why, failure) : null;

    private ScsiTask RentTask()
    {
        lock (_spareGate)
        {
            if (_spare.TryPop(out ScsiTask? task))
            {
                return task;
            }
        }

        return new ScsiTask(this);
    }

    private void Flush()
    {
        foreach (SessionLink link in Volatile.Read(ref _links))
        {
            link.Flush();
        }
    }

    // The first session is there when its leading connection is, and every further one that was asked for has been tried once.
    private void TellWhetherUp()
    {
        bool isUp;
        lock (Core.Gate)
        {
            isUp = Core.State == InitiatorSessionState.LoggedIn && Core.IsComplete;
        }

        if (isUp)
        {
            _up.TrySetResult();
        }
        else if (Core.IsOver)
        {
            string why = _portals.Any(portal => _lastFailure.Contains(portal.ToString(), StringComparison.Ordinal)) ? _lastFailure : $"{Describe()}: {_lastFailure}";
            _up.TrySetException(new LoginFailedException(why, _loginFailure) { NetworkError = _networkError });
        }
    }

    // Whoever comes first tells all that there is; a handler that makes more happen leaves it to the one that called it.
    private void TellNotices()
    {
        while (true)
        {
            InitiatorNotice notice;
            lock (Core.Gate)
            {
                if (_telling || !_untold.TryDequeue(out notice))
                {
                    return;
                }

                _telling = true;
            }

            try
            {
                Noticed?.Invoke(this, new SessionNoticeEventArgs(notice));
            }
            catch (Exception defect)
            {
                Log.HandlerFailed(defect, notice.Event.ToString());
            }

            lock (Core.Gate)
            {
                _telling = false;
            }
        }
    }

    /// <summary>Sets the timer to what the core waits for. Under the session's lock, at the end of each visit.</summary>
    internal void Arm()
    {
        TimeSpan deadline = Core.Deadline;
        if (deadline < _armed)
        {
            _armed = deadline;
            TimeSpan wait = deadline - Now;
            _timer.Change(wait > TimeSpan.Zero ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        try
        {
            Do((core, now, turn) =>
            {
                _armed = TimeSpan.MaxValue;
                core.Tick(now, turn);
            });
        }
        catch (Exception defect)
        {
            Log.TickFailed(defect);
            Abandon();
        }
    }

    private void ThrowUnlessAnswered(InitiatorRequest request)
    {
        if (request.End != RequestEnd.Answered)
        {
            throw new CommandLostException(CommandFate.MayHaveRun, $"{Describe()}: {request.Why}", FailureOf(request.End));
        }
    }
}
