using Blockwire.Scsi.Device.Upkeep;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>Event codes of the media class of GET EVENT STATUS NOTIFICATION (MMC-5).</summary>
internal enum MediaEvent : byte
{
    /// <summary>Nothing has happened.</summary>
    None = 0,

    /// <summary>Somebody would like the medium to be ejected.</summary>
    EjectRequest = 1,

    /// <summary>A medium was loaded.</summary>
    NewMedia = 2,

    /// <summary>The medium was ejected.</summary>
    MediaRemoval = 3,
}

/// <summary>
/// What has happened to a CD/DVD drive since a nexus last asked with GET EVENT STATUS NOTIFICATION. One event of each class is kept, the latest, as MMC-5 has it; so it
/// is bounded. Guarded by the lock of its logical unit.
/// </summary>
internal sealed class DriveEvents
{
    private PowerCondition _reportedPower;

    /// <summary>The last event of the medium that was not told.</summary>
    public MediaEvent Media { get; private set; }

    /// <summary>The features that are current have changed with the medium.</summary>
    public bool FeaturesChanged { get; private set; }

    /// <summary>Notes what happened to the medium.</summary>
    public void Note(MediaEvent news)
    {
        Media = news;
        FeaturesChanged |= news is MediaEvent.NewMedia or MediaEvent.MediaRemoval;
    }

    /// <summary>The event of the medium has been told.</summary>
    public void ClearMedia() => Media = MediaEvent.None;

    /// <summary>The change of features has been told.</summary>
    public void ClearFeatures() => FeaturesChanged = false;

    /// <summary>Is the power condition another one than the nexus was told?</summary>
    public bool IsNews(PowerCondition power) => power != _reportedPower;

    /// <summary>The power condition has been told.</summary>
    public void Told(PowerCondition power) => _reportedPower = power;
}
