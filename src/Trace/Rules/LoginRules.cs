using Blockwire.Protocol.Keys;
using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>The login: request and response in turn, stages that only go forward, keys that are legal (RFC 7143 §6.3, §11.12, §11.13).</summary>
internal sealed class LoginRules(SessionBook sessions) : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        if (connection.Phase != ConnectionPhase.Login)
        {
            return;
        }

        if (pdu.Opcode == Opcode.LoginRequest)
        {
            LoginRequest.Parse(new(pdu.BasicHeader), out LoginRequest request);
            OnRequest(pdu, request, connection);
        }
        else if (pdu.Opcode == Opcode.LoginResponse)
        {
            LoginResponse.Parse(new(pdu.BasicHeader), out LoginResponse response);
            OnResponse(pdu, response, connection);
        }
    }

    private static void OnRequest(TracedPdu pdu, in LoginRequest request, ConnectionModel connection)
    {
        LoginModel login = connection.Login;
        Serial32 cmdSN = InitiatorNumbers.Read(pdu.BasicHeader).CmdSN;
        if (login.IsWaiting)
        {
            pdu.Flag("7143/6.3", "a Login Request before the one before was answered");
        }

        if (login.First is { } first)
        {
            if (request.InitiatorTaskTag != first.InitiatorTaskTag)
            {
                pdu.Flag("7143/11.12", "the Initiator Task Tag has changed within a login");
            }

            if (request.Isid != first.Isid || request.Tsih != first.Tsih || request.Cid != first.Cid)
            {
                pdu.Flag("7143/6.3.1", "ISID, TSIH or CID has changed within a login");
            }

            if (cmdSN != login.CmdSN)
            {
                pdu.Flag("7143/11.12.8", $"CmdSN has changed within a login from {login.CmdSN} to {cmdSN}");
            }
        }
        else
        {
            login.First = request;
            login.CmdSN = cmdSN;
            connection.Cid = request.Cid;
            if (request.Tsih == 0)
            {
                connection.Session.NextCmdSN = cmdSN;
            }
        }

        if (login.Stage is { } stage && request.CurrentStage != stage)
        {
            pdu.Flag("7143/11.12.3", $"CSG is {CodeNames.Stage((byte)request.CurrentStage)}, and the login is in {CodeNames.Stage((byte)stage)}");
        }
        else if (login.Stage is null && request.CurrentStage == LoginStage.FullFeaturePhase)
        {
            pdu.Flag("7143/11.12.3", "CSG is FullFeaturePhase in a Login Request");
        }

        if (request.Transit && request.NextStage <= request.CurrentStage)
        {
            pdu.Flag("7143/11.12.3", $"NSG does not lead forward from {CodeNames.Stage((byte)request.CurrentStage)}");
        }

        if (request.VersionMin > request.VersionMax)
        {
            pdu.Flag("7143/11.12.4.2", "Version-min is above Version-max");
        }

        login.Request = request;
        login.IsWaiting = true;
        TakeText(pdu, request, connection);
    }

    private static void TakeText(TracedPdu pdu, in LoginRequest request, ConnectionModel connection)
    {
        NegotiationModel keys = connection.Login.Keys;
        bool hadText = keys.HasInitiatorText;
        keys.Take(pdu, request.Continue, StageOf(request.CurrentStage), request.Tsih == 0);
        if (hadText || !keys.HasInitiatorText || !connection.IsComplete)
        {
            return;
        }

        if (keys.Initiators(KeyName.InitiatorName) is null)
        {
            pdu.Flag("7143/13.5", "InitiatorName is missing in the first Login Request");
        }

        bool isDiscovery = keys.Initiators(KeyName.SessionType) == "Discovery";
        connection.Session.IsDiscovery |= isDiscovery;
        if (!isDiscovery && keys.Initiators(KeyName.TargetName) is null)
        {
            pdu.Flag("7143/13.4", "TargetName is missing in the first Login Request of a normal session");
        }
    }

    private void OnResponse(TracedPdu pdu, in LoginResponse response, ConnectionModel connection)
    {
        LoginModel login = connection.Login;
        if (login.Request is not { } request || !login.IsWaiting)
        {
            if (connection.IsComplete)
            {
                pdu.Flag("7143/6.3", "a Login Response to no Login Request");
            }

            return;
        }

        login.IsWaiting = false;
        CheckCopies(pdu, response, request);
        if ((ushort)response.Status >> 8 != 0)
        {
            login.Keys.Take(pdu, response.Continue, StageOf(request.CurrentStage), request.Tsih == 0);
            if ((ushort)response.Status >> 8 == 1 && login.Keys.Result(KeyName.TargetAddress) is null)
            {
                pdu.Flag("7143/11.13.5", "a redirection without TargetAddress");
            }

            connection.Phase = ConnectionPhase.Over;
            return;
        }

        CheckStages(pdu, response, request);
        login.Keys.Take(pdu, response.Continue, StageOf(request.CurrentStage), request.Tsih == 0);
        login.Stage = response.Transit ? response.NextStage : request.CurrentStage;
        bool isFinal = response is { Transit: true, NextStage: LoginStage.FullFeaturePhase };
        CheckTsih(pdu, response, request, isFinal);
        if (isFinal)
        {
            Finish(pdu, response, connection);
        }
    }

    private static void CheckCopies(TracedPdu pdu, in LoginResponse response, in LoginRequest request)
    {
        if (response.InitiatorTaskTag != request.InitiatorTaskTag)
        {
            pdu.Flag("7143/11.13", "the Initiator Task Tag is not that of the request");
        }

        if (response.Isid != request.Isid)
        {
            pdu.Flag("7143/11.13", "the ISID is not that of the request");
        }

        if ((ushort)response.Status >> 8 == 0 && (response.VersionActive > request.VersionMax || response.VersionActive < request.VersionMin))
        {
            pdu.Flag("7143/11.13.2", $"Version-active {response.VersionActive} is not within {request.VersionMin} to {request.VersionMax}");
        }
    }

    private static void CheckStages(TracedPdu pdu, in LoginResponse response, in LoginRequest request)
    {
        if (response.CurrentStage != request.CurrentStage)
        {
            pdu.Flag("7143/11.12.3", "CSG is not that of the request");
        }

        if (response.Transit && !request.Transit)
        {
            pdu.Flag("7143/6.3", "T is set, and it was not in the request");
        }
        else if (response.Transit && response.NextStage > request.NextStage)
        {
            pdu.Flag("7143/6.3", $"NSG {CodeNames.Stage((byte)response.NextStage)} goes beyond {CodeNames.Stage((byte)request.NextStage)}, which was proposed");
        }
        else if (response.Transit && response.NextStage <= response.CurrentStage)
        {
            pdu.Flag("7143/11.12.3", $"NSG does not lead forward from {CodeNames.Stage((byte)response.CurrentStage)}");
        }

        if (request.Continue && (!pdu.Data.IsEmpty || response.Transit))
        {
            pdu.Flag("7143/6.2", "a request with C is answered without keys and without T");
        }
    }

    private static void CheckTsih(TracedPdu pdu, in LoginResponse response, in LoginRequest request, bool isFinal)
    {
        if (isFinal && request.Tsih == 0 && response.Tsih == 0)
        {
            pdu.Flag("7143/11.13.3", "the final response of a new session has TSIH 0");
        }
        else if (!isFinal && request.Tsih == 0 && response.Tsih != 0)
        {
            pdu.Flag("7143/11.13.3", "TSIH of a new session comes before the final response");
        }
        else if (request.Tsih != 0 && response.Tsih != request.Tsih)
        {
            pdu.Flag("7143/11.13.3", $"TSIH is {response.Tsih}, and the request had {request.Tsih}");
        }
    }

    private void Finish(TracedPdu pdu, in LoginResponse response, ConnectionModel connection)
    {
        LoginModel login = connection.Login;
        NegotiationModel keys = login.Keys;
        bool knowsAll = connection.IsComplete || login.First is not null;
        foreach (string key in keys.Unanswered())
        {
            pdu.Flag("7143/6.2", $"{key} was offered and has no answer when the login ends");
        }

        connection.Session = sessions.Enter(connection, login.First!.Value, response.Tsih, keys.Initiators(KeyName.InitiatorName) ?? "");
        SessionModel session = connection.Session;
        if (login.First!.Value.Tsih == 0 && knowsAll)
        {
            session.Parameters = NegotiatedParameters.Of(keys);
            session.IsComplete = connection.IsComplete;
            session.NextCmdSN = login.CmdSN;
        }

        connection.InitiatorMaxRecv = keys.InitiatorMaxRecv ?? ConnectionModel.DefaultMaxRecvDataSegmentLength;
        connection.TargetMaxRecv = keys.TargetMaxRecv ?? ConnectionModel.DefaultMaxRecvDataSegmentLength;
        connection.Traced.HeaderDigest = NegotiatedParameters.IsCrc(keys, KeyName.HeaderDigest);
        connection.Traced.DataDigest = NegotiatedParameters.IsCrc(keys, KeyName.DataDigest);
        connection.Phase = ConnectionPhase.FullFeature;
    }

    private static KeyStages StageOf(LoginStage stage) => stage == LoginStage.SecurityNegotiation ? KeyStages.Security : KeyStages.Operational;
}
