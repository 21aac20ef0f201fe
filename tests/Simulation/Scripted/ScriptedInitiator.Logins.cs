using System.Text;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <content>Logins: the leading one, more connections, and those that take the place of a connection or of the session (RFC 7143 §6.3).</content>
internal sealed partial class ScriptedInitiator
{
    private bool _isOver;

    public bool DataPduInOrder { get; private set; } = true;

    public int Sessions { get; private set; }

    public int Time2Wait { get; private set; } = 2;

    public int Time2Retain { get; private set; }

    private ScriptedConnection Connect(ushort cid, ScriptedConnection? replaces, bool leading)
    {
        Link link = _world.Connect(cid);
        ScriptedConnection connection = new(this, link, cid)
        {
            State = ScriptedState.LoggingIn,
            Replaces = replaces,
            IsLeading = leading,
            StartedAt = Now,
            HeardAt = Now,
        };
        link.InitiatorLost = why => Lose(connection, why);
        link.ToInitiator.Arrived = connection.OnBytes;
        _connections.Add(connection);
        if (replaces is not null)
        {
            replaces.RecoveredBy = connection;
        }

        if (leading)
        {
            // Where the numbers of a session begin is the initiator's choice (RFC 7143 §11.12.8).
            _cmdSN = _expCmdSN = new Serial32(Sessions == 0 ? Terms.FirstCmdSN : (uint)_random.Next());
            _maxCmdSN = _cmdSN;
        }

        LoginRequest request = new(
            true, false, LoginStage.LoginOperationalNegotiation, LoginStage.FullFeaturePhase, 0, 0, Isid, leading ? (ushort)0 : _tsih, NewItt(), cid);
        connection.Send(request.Emit, _cmdSN, Encoding.UTF8.GetBytes(Keys(leading)));
        return connection;
    }

    /// <summary>The session is begun anew while the old one lives (RFC 7143 §6.3.5).</summary>
    public void BeginAnew()
    {
        _sessionEndWasChosen = true;
        EndSession("begun anew", null);
        _nextLoginAt = Now;
    }

    /// <summary>A connection that lives is replaced by a new one with its CID (RFC 7143 §6.3.4).</summary>
    public void Replace(ScriptedConnection connection)
    {
        if (!_connections.Exists(static other => other.State == ScriptedState.LoggingIn))
        {
            connection.State = ScriptedState.LoggingOut;
            connection.LostAt = Now;
            Connect(connection.Cid, connection, leading: false);
        }
    }

    /// <summary>The session is logged out and none follows.</summary>
    public void LogOutForGood(ScriptedConnection carrier)
    {
        _isOver = true;
        LogOut(carrier, carrier, LogoutReason.CloseSession);
    }

    private string Keys(bool leading)
    {
        StringBuilder text = new();
        void Add(string key, object value) => text.Append(key).Append('=').Append(value).Append('\0');
        Add("InitiatorName", "iqn.1994-05.com.example:host");
        Add("TargetName", SimTarget.Name);
        Add("SessionType", "Normal");
        Add("HeaderDigest", Terms.HeaderDigest ? "CRC32C" : "None");
        Add("DataDigest", Terms.DataDigest ? "CRC32C" : "None");
        Add("MaxRecvDataSegmentLength", Terms.MaxRecvDataSegmentLength);
        if (leading)
        {
            Add("MaxConnections", Terms.MaxConnections);
            Add("InitialR2T", Terms.InitialR2T ? "Yes" : "No");
            Add("ImmediateData", Terms.ImmediateData ? "Yes" : "No");
            Add("MaxBurstLength", Terms.MaxBurstLength);
            Add("FirstBurstLength", Terms.FirstBurstLength);
            Add("DefaultTime2Wait", Terms.Time2Wait);
            Add("DefaultTime2Retain", Terms.Time2Retain);
            Add("MaxOutstandingR2T", Terms.MaxOutstandingR2T);
            Add("DataPDUInOrder", Terms.DataPduInOrder ? "Yes" : "No");
            Add("DataSequenceInOrder", Terms.DataSequenceInOrder ? "Yes" : "No");
            Add("ErrorRecoveryLevel", Terms.ErrorRecoveryLevel);
            Add("TaskReporting", Terms.TaskReporting);
        }

        return text.ToString();
    }

    private void OnLoginResponse(ScriptedConnection connection, ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data)
    {
        Check(LoginResponse.Parse(new LoginResponseView(bhs), out LoginResponse response));
        BrokenRuleException.Unless(connection.State == ScriptedState.LoggingIn, "a login is answered once");
        if (response.Status != LoginStatus.Success)
        {
            OnLoginRefused(connection, response.Status);
            return;
        }

        BrokenRuleException.Unless(response is { Transit: true, NextStage: LoginStage.FullFeaturePhase }, "the one request of a login is answered by the end of it");
        TargetNumbers numbers = TargetNumbers.Read(bhs);
        connection.NextStatSN = numbers.StatSN + 1;
        Dictionary<string, string> keys = Read(data);
        connection.HeaderDigest = keys.GetValueOrDefault("HeaderDigest") == "CRC32C";
        connection.DataDigest = keys.GetValueOrDefault("DataDigest") == "CRC32C";
        connection.TargetMaxRecvDataSegmentLength = int.Parse(keys.GetValueOrDefault("MaxRecvDataSegmentLength", "8192"));
        if (connection.IsLeading)
        {
            BeginSession(connection, response.Tsih, keys);
        }
        else
        {
            _sessionEndWasChosen = _logouts.Exists(static logout => logout.Reason == LogoutReason.CloseSession); // else it goes on
        }

        connection.State = ScriptedState.LoggedIn;
        connection.StartedAt = connection.HeardAt = Now;
        TakeNumbers(connection, numbers);
        Trace.Add($"init    c{connection.Cid} is logged in, session {_tsih}, level {Level}");
        if (connection.Replaces is { } old)
        {
            _world.Census.Count("connection reinstated");
            connection.Replaces = null;
            Settle(old, numbers.ExpCmdSN, forRecovery: Level == 2, TimeSpan.Zero, chosen: old.State != ScriptedState.Lost);
        }

        Issue();
    }

    // RFC 7143 §6.3.5: everything of the session before is over.
    private void BeginSession(ScriptedConnection connection, ushort tsih, Dictionary<string, string> keys)
    {
        EndSession("the session was reinstated", connection);
        _tsih = tsih;
        Sessions++;
        _world.Census.Count($"session at level {keys.GetValueOrDefault("ErrorRecoveryLevel", "0")}");
        Level = int.Parse(keys.GetValueOrDefault("ErrorRecoveryLevel", "0"));
        Time2Wait = int.Parse(keys.GetValueOrDefault("DefaultTime2Wait", "2"));
        Time2Retain = int.Parse(keys.GetValueOrDefault("DefaultTime2Retain", "0"));
        DataPduInOrder = keys.GetValueOrDefault("DataPDUInOrder", "Yes") == "Yes";
        _world.OnSession(Level);
    }

    private static Dictionary<string, string> Read(ReadOnlySpan<byte> data)
    {
        Dictionary<string, string> keys = [];
        TextKeyReader reader = new(data);
        while (reader.MoveNext())
        {
            keys[Encoding.UTF8.GetString(reader.Key)] = Encoding.UTF8.GetString(reader.Value);
        }

        Check(reader.Check);
        return keys;
    }

    private void OnLoginRefused(ScriptedConnection connection, LoginStatus status)
    {
        Trace.Add($"init    c{connection.Cid}: the login was refused: {status}");
        bool gone = status == LoginStatus.SessionDoesNotExist && !connection.IsLeading;
        BrokenRuleException.Unless(gone || status is LoginStatus.TooManyConnections, $"a login that is right is let in: {status}");
        Close(connection);
        if (connection.Replaces is { } old && old.RecoveredBy == connection)
        {
            old.RecoveredBy = null;
            old.RecoverAt = Now + TimeSpan.FromSeconds(1);
        }

        if (gone && !_connections.Exists(static other => other.IsOpen))
        {
            _world.OnSessionGone(_sessionEndWasChosen);
            EndSession("the session is gone", null);
        }

        _nextLoginAt = Now + TimeSpan.FromSeconds(1);
    }

    // Whatever was part of the session has come to its end with it.
    private void EndSession(string why, ScriptedConnection? but)
    {
        _tsih = 0;
        foreach (ScriptedConnection connection in _connections.ToArray())
        {
            if (connection != but)
            {
                Close(connection);
            }
        }

        _unacknowledged.Clear();
        _functions.Clear();
        _logouts.Clear();
        _pings.Clear();
        if (but is not null)
        {
            // It is certain only now: before the new session is there, the old one may still be at work.
            foreach (ScriptedTask task in _tasks.Values.Reverse().ToArray())
            {
                End(task, why, _sessionEndWasChosen ? Outcome.Chosen : Outcome.Failed);
            }

            _sessionEndWasChosen = false;
        }
    }
}
