using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>What the header of every successful Login Response must hold, given the request it answers (RFC 7143 §6.3, §11.13).</summary>
internal sealed class LoginResponseRules(LoginPlan plan)
{
    private (byte Max, byte Active)? _versions;
    private bool _noted;

    /// <summary>The StatSN that comes next; null before the first response (§11.13.4).</summary>
    public Serial32? NextStatSN { get; private set; }

    /// <summary>Checks one response and counts its StatSN.</summary>
    /// <returns>What is wrong, or null.</returns>
    public KeyFault? Check(in LoginResponse response, in TargetNumbers numbers, in LoginRequest request, List<string> notes) =>
        CheckEcho(response) ?? CheckStage(response, request) ?? CheckTsih(response, notes) ?? CheckStatSN(numbers.StatSN);

    private KeyFault? CheckEcho(in LoginResponse response)
    {
        (byte Max, byte Active) versions = (response.VersionMax, response.VersionActive);
        _versions ??= versions;
        return response.InitiatorTaskTag != plan.InitiatorTaskTag
                ? new("7143/6.3", $"Initiator Task Tag 0x{response.InitiatorTaskTag:x8} in a Login Response where ours is 0x{plan.InitiatorTaskTag:x8}")
            : response.Isid != plan.Isid ? new("7143/11.13", $"ISID 0x{response.Isid:x12} in a Login Response where ours is 0x{plan.Isid:x12}")
            : versions.Active != 0 ? new("7143/11.13.2", $"version {versions.Active} is active where we offer version 0")
            : versions != _versions ? new("7143/11.13.1", "the versions changed during the login")
            : null;
    }

    private static KeyFault? CheckStage(in LoginResponse response, in LoginRequest request) =>
        response.CurrentStage != request.CurrentStage
            ? new("7143/6.3", $"CSG {(int)response.CurrentStage} in answer to CSG {(int)request.CurrentStage}")
        : response.Transit && response.Continue ? new("7143/11.13.7", "both T and C are set")
        : response.Transit && !request.Transit ? new("7143/11.13.6", "the T bit is set in answer to a request without it")
        : response.Transit && response.NextStage != request.NextStage
            ? new("7143/6.3", $"no way from stage {(int)response.CurrentStage} to stage {(int)response.NextStage} where we proposed {(int)request.NextStage}")
        : null;

    private KeyFault? CheckTsih(in LoginResponse response, List<string> notes)
    {
        bool final = response is { Transit: true, NextStage: LoginStage.FullFeaturePhase };
        if (plan.Tsih != 0)
        {
            // Targets exist that open a new session instead of refusing a TSIH they do not know.
            return response.Tsih == plan.Tsih ? null : new("7143/11.13.3", $"TSIH {response.Tsih} in answer to a login that joins session {plan.Tsih}");
        }

        if (final)
        {
            return response.Tsih != 0 ? null : new("7143/11.13.3", "the final response of a new session has TSIH 0");
        }

        if (response.Tsih != 0 && !_noted)
        {
            _noted = true;

            // "Should be set to the TSIH provided by the initiator": early, but nothing is read from it before the final response.
            notes.Add("the target gives a TSIH before its final response (RFC 7143/11.13.3)");
        }

        return null;
    }

    private KeyFault? CheckStatSN(Serial32 statSN)
    {
        if (NextStatSN is { } expected && statSN != expected)
        {
            return new("7143/11.13.4", $"StatSN {statSN} where {expected} comes next");
        }

        NextStatSN = statSN + 1;
        return null;
    }
}
