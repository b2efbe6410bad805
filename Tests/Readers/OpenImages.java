import ij.IJ;
import ij.ImagePlus;
import ij.measure.Calibration;
import loci.common.DebugTools;
import loci.common.services.ServiceFactory;
import loci.formats.ImageReader;
import loci.formats.meta.IMetadata;
import loci.formats.services.OMEXMLService;
import ome.units.UNITS;

/** Prints what ImageJ and Bio-Formats, the readers of Fiji, make of images: a line of words for each. */
public class OpenImages {
    public static void main(String[] paths) throws Exception {
        System.setProperty("java.awt.headless", "true");
        DebugTools.setRootLevel("ERROR");
        for (String path : paths) {
            ImagePlus image = IJ.openImage(path);
            if (image == null) {
                System.out.println("imagej nothing");
            } else {
                Calibration calibration = image.getCalibration();
                double sum = 0;
                for (int frame = 1; frame <= image.getStackSize(); frame++) {
                    sum += image.getStack().getProcessor(frame).getStatistics().mean;
                }
                System.out.println("imagej " + image.getWidth() + " " + image.getHeight() + " " + image.getNSlices() + " "
                    + image.getNFrames() + " " + calibration.pixelWidth + " " + calibration.getUnit() + " "
                    + calibration.frameInterval + " " + calibration.getTimeUnit() + " " + sum);
            }
            try (ImageReader reader = new ImageReader()) {
                IMetadata metadata = new ServiceFactory().getInstance(OMEXMLService.class).createOMEXMLMetadata();
                reader.setMetadataStore(metadata);
                reader.setId(path);
                System.out.println("bioformats " + reader.getSizeX() + " " + reader.getSizeY() + " " + reader.getSizeZ() + " "
                    + reader.getSizeT() + " " + metadata.getPixelsPhysicalSizeX(0).value(UNITS.MICROMETER) + " micron "
                    + metadata.getPixelsTimeIncrement(0).value(UNITS.SECOND) + " sec " + reader.getFormat());
            }
        }
    }
}
